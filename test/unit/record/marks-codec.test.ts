import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { claimIn, decodeMarks, encodeMarks, encodeSomeMarks } from "../../../src/record/marks-codec.js";
import type { Marks } from "../../../src/world/marks.js";

const WORKER: Marks = {
  format: 1,
  project: "my-app",
  owner: "0123456789ab",
  role: "worker",
  address: "worker.default[2]",
  name: "my-app-worker-2",
  slot: 2,
  revision: "7f3a09c1",
  image: "my-app-golden-7f3a09c1",
  sealed: "",
  hold: "",
  applied: { cpus: 4, memoryBytes: 4_294_967_296, diskBytes: 32_212_254_720 },
};

describe("encodeMarks", () => {
  it("writes every mark, absent ones as a dash", () => {
    expect(encodeMarks(WORKER)).toEqual({
      limaform_format: "1",
      limaform_project: "my-app",
      limaform_owner: "0123456789ab",
      limaform_role: "worker",
      limaform_address: "worker.default[2]",
      limaform_name: "my-app-worker-2",
      limaform_slot: "2",
      limaform_revision: "7f3a09c1",
      limaform_image: "my-app-golden-7f3a09c1",
      limaform_sealed: "-",
      limaform_hold: "-",
      limaform_applied: "4/4294967296/32212254720",
    });
  });

  it("writes only what an edit changes, an emptied one as a dash", () => {
    expect(encodeSomeMarks({ hold: "", applied: null })).toEqual({ limaform_hold: "-", limaform_applied: "-" });
  });
});

describe("decodeMarks", () => {
  const params = encodeMarks(WORKER);

  it.each([
    ["role", "image"],
    ["slot", "7"],
    ["address", "image.golden"],
    ["address", "worker.default[3]"],
  ])("is unknown where %s contradicts the others: %s", (name, value) => {
    expect(decodeMarks({ ...params, [`limaform_${name}`]: value })).toMatchObject({
      kind: "unknown",
      text: expect.stringContaining("contradict each other"),
    });
  });

  it("reads back what encodeMarks wrote, beside other people's params", () => {
    expect(decodeMarks({ theirs: "x", ...params })).toEqual({ kind: "marks", marks: WORKER });
    const image: Marks = {
      ...WORKER,
      role: "image",
      address: "image.golden",
      slot: 0,
      sealed: "2026-11-01T00:00:00.000Z",
      image: "",
      applied: null,
    };
    expect(decodeMarks(encodeMarks(image))).toEqual({ kind: "marks", marks: image });
  });

  it("finds none only where there is no mark at all", () => {
    expect(decodeMarks({})).toEqual({ kind: "none" });
    expect(decodeMarks({ theirs: "x" })).toEqual({ kind: "none" });
  });

  it("does not know marks of a newer format", () => {
    expect(decodeMarks({ ...params, limaform_format: "2", limaform_more: "x" })).toEqual({
      kind: "unknown",
      text: "its marks are of format 2, written by a newer limaform (this one knows format 1)",
      newer: { project: "my-app", address: "worker.default[2]" },
    });
  });

  it("does not know a set of marks that lacks any one of them", () => {
    for (const key of Object.keys(params)) {
      const { [key]: _, ...rest } = params;
      expect(decodeMarks(rest)).toMatchObject({ kind: "unknown", text: `lacks the mark ${key}` });
    }
  });

  it.each([
    ["format", "0"],
    ["format", "x"],
    ["project", "My App"],
    ["owner", "short"],
    ["role", "disk"],
    ["address", "worker"],
    ["name", "-"],
    ["slot", "02"],
    ["slot", 2],
    ["revision", "XYZ"],
    ["image", "../x"],
    ["sealed", "yes"],
    ["hold", "2026-11-01"],
    ["applied", "4/4"],
  ])("does not know a %s of %j", (name, value) => {
    expect(decodeMarks({ ...params, [`limaform_${name}`]: value }).kind).toBe("unknown");
  });

  it("says where marks that are not all there seem to belong, also of lines of a text that is no YAML", () => {
    const claim = { project: "my-app", address: "worker.default[2]", name: "my-app-worker-2" };
    expect(decodeMarks({ ...params, limaform_slot: "x" })).toMatchObject({ kind: "unknown", claim });
    const lines = Object.entries(params).map(([key, value]) => `  ${key}: "${value}"\n`);
    expect(claimIn(`param:\n${lines.join("")}mounts: "\n`)).toEqual(claim);
    expect(claimIn(`param:\n  limaform_project: my-app\n  limaform_addr`)).toEqual({
      ...{ project: "my-app", address: "", name: "" },
    });
    expect(claimIn("\0\0\0")).toEqual({ project: "", address: "", name: "" });
  });

  it("does not know a mark it has never heard of", () => {
    expect(decodeMarks({ ...params, limaform_extra: "x" })).toMatchObject({
      kind: "unknown",
      text: "has a mark that this limaform does not know: limaform_extra",
    });
  });

  it("never throws, whatever stands there", () => {
    const keys = fc.constantFrom(...Object.keys(params), "limaform_", "other");
    fc.assert(
      fc.property(fc.dictionary(keys, fc.anything()), (values) => {
        expect(["none", "marks", "unknown"]).toContain(decodeMarks({ ...params, ...values }).kind);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
