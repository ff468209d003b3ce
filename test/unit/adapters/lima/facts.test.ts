import { describe, expect, it } from "vitest";
import { type InstanceSources, instanceFacts, unreadableBecause } from "../../../../src/adapters/lima/facts.js";
import { encodeMarks } from "../../../../src/record/marks-codec.js";
import { marks } from "../../../support/lima.js";

const params = encodeMarks(marks("shop-worker-1"));
const listed = (fields: object, errors: string[] = []) => ({
  name: "shop-worker-1",
  fields: { name: "shop-worker-1", ...fields },
  errors,
});
const sources = (extra: Partial<InstanceSources> = {}): InstanceSources => ({
  name: "shop-worker-1",
  dir: "/h/shop-worker-1",
  listed: listed({ status: "Stopped", param: params, config: { plain: true, param: params } }),
  raw: { kind: "config", fields: { param: params } },
  notes: { readyAt: null, lastPush: null, repairFailed: null },
  merged: [],
  hasDisk: true,
  diskChange: null,
  build: null,
  ...extra,
});

describe("instanceFacts", () => {
  it.each([
    ["Running", "running"],
    ["Stopped", "stopped"],
    ["Broken", "broken"],
    ["Installing", "broken"],
    ["", "unreadable"],
  ])("takes Lima's %j for %s", (status, expected) => {
    expect(instanceFacts(sources({ listed: listed({ status, config: { plain: true }, param: params }) })).status).toBe(
      expected,
    );
  });

  it("reads the marks from the raw file", () => {
    expect(instanceFacts(sources()).marks).toEqual({ kind: "marks", marks: marks("shop-worker-1") });
  });

  it.each([
    ["changes a mark", { ...params, limaform_owner: "ffffffffffff" }],
    ["adds a mark", { ...params, limaform_extra: "x" }],
    ["takes a mark away", Object.fromEntries(Object.entries(params).slice(1))],
  ])("knows nothing of the marks when the merged configuration %s", (_, param) => {
    const facts = instanceFacts(sources({ listed: listed({ status: "Stopped", config: { plain: true }, param }) }));
    expect(facts.marks).toMatchObject({ kind: "unknown", text: expect.stringContaining("override.yaml") });
  });

  it("gives an instance marks no merge file can claim for us: the raw file has none", () => {
    const facts = instanceFacts(sources({ raw: { kind: "config", fields: {} } }));
    expect(facts.marks.kind).toBe("unknown");
  });

  it("passes over other people's params", () => {
    const param = { theirs: "1" };
    const own = { ...sources(), raw: { kind: "config", fields: { param } } as const };
    expect(
      instanceFacts({ ...own, listed: listed({ status: "Stopped", config: { plain: true }, param: { theirs: "2" } }) })
        .marks,
    ).toEqual({
      kind: "none",
    });
  });

  it("never takes what it could not read for absent", () => {
    const unlisted = sources({ listed: null });
    expect(instanceFacts(unlisted)).toMatchObject({ status: "unreadable", hasConfig: true });
    expect(unreadableBecause(unlisted)).toBe("limactl did not list it");
    const locked = sources({ raw: { kind: "unreadable", text: "lima.yaml cannot be read (EACCES)" } });
    expect(instanceFacts(locked)).toMatchObject({ status: "unreadable", hasConfig: true, marks: { kind: "unknown" } });
    const garbled = sources({ listed: listed({ status: "" }, ["yaml: line 3"]) });
    expect(unreadableBecause(garbled)).toBe("yaml: line 3");
  });

  it("shows Lima's error texts without control characters", () => {
    const facts = instanceFacts(
      sources({ listed: listed({ status: "Broken", config: { plain: true }, param: params }, ["\x1b[1mx"]) }),
    );
    expect(facts.errors).toEqual(["\\x1b[1mx"]);
  });
});

describe("what a restart cannot mend", () => {
  const damage = (extra: Partial<InstanceSources>) => instanceFacts(sources(extra)).damage;
  const notes = { readyAt: null, lastPush: null, repairFailed: "no driver" };

  it("is a disk that is gone, before everything else", () => {
    expect(damage({})).toBeUndefined();
    expect(damage({ hasDisk: false, notes })).toEqual({ code: "disk_lost", text: "its disk is gone" });
  });

  it("is a repair that was in vain, in its own words", () => {
    expect(damage({ notes })).toMatchObject({ code: "repair_failed", text: expect.stringContaining("(no driver)") });
  });

  it("is not looked for where there is no configuration, or none that can be read", () => {
    expect(damage({ hasDisk: false, raw: { kind: "absent" } })).toBeUndefined();
    expect(damage({ hasDisk: false, raw: { kind: "unreadable", text: "" } })).toBeUndefined();
  });
});
