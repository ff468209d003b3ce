import { describe, expect, it } from "vitest";
import { decodeBuildNote } from "../../../src/record/build-note.js";
import type { BuildNote } from "../../../src/world/build.js";

const NOTE: BuildNote = {
  origin: "o",
  startedAt: "2026-11-01T00:00:00.000Z",
  begun: { name: "post_sync", key: "k2", startedAt: "2026-11-01T00:01:00.000Z" },
  done: [
    {
      ...{ name: "push", key: "k1", startedAt: "2026-11-01T00:00:10.000Z", title: "the code", elapsedMs: 1200 },
      ...{
        version: "3f2a1c",
        source: null,
        downloadedBytes: 0,
        indexBytes: 0,
        cachedBytes: 0,
        growthBytes: -4096,
        log: null,
      },
    },
  ],
  resumed: [{ at: "2026-11-01T00:02:00.000Z", step: "post_sync" }],
  usedBytes: 4096,
};

describe("the note of a build", () => {
  it("comes back as it was written", () => {
    expect(decodeBuildNote(JSON.parse(JSON.stringify(NOTE)))).toEqual(NOTE);
    const fresh = { ...NOTE, begun: null, done: [], resumed: [], usedBytes: null };
    expect(decodeBuildNote(fresh)).toEqual(fresh);
  });

  it("of before counts its indexes as files", () => {
    const [{ indexBytes: _, ...step }] = NOTE.done as [BuildNote["done"][0]];
    expect(decodeBuildNote({ ...NOTE, done: [step] })).toEqual(NOTE);
  });

  it.each([
    ["nothing", null],
    ["a text", "note"],
    ["a missing field", { ...NOTE, origin: undefined }],
    ["a done step without a key", { ...NOTE, done: [{ ...NOTE.done[0], key: 1 }] }],
    ["a time that is none", { ...NOTE, done: [{ ...NOTE.done[0], elapsedMs: -1 }] }],
    ["a half begun step", { ...NOTE, begun: { name: "x" } }],
    ["steps that are no list", { ...NOTE, done: {} }],
  ])("is no note with %s: then nothing is resumed", (_what, value) => {
    expect(decodeBuildNote(value)).toBeNull();
  });
});
