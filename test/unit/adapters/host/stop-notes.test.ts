import { mkdir, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createStopNotes, type StopNote } from "../../../../src/adapters/host/stop-notes.js";
import { createMemoryStore } from "../../../support/memory-store.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

const NOTE: StopNote = {
  at: "2026-11-22T10:00:00Z",
  items: [{ kind: "commits", count: 2, bytes: 9, examples: ["a1"], saved: true }],
  saves: ["save/1"],
};

async function noted() {
  const store = createMemoryStore();
  const home = await temporaryFolder();
  const notes = createStopNotes(home, store);
  await mkdir(join(home, "w1"));
  const disk = join(home, "w1/disk");
  await writeFile(disk, "disk");
  await notes.write("w1", NOTE);
  const change = (edit: (value: { note: Record<string, unknown> } & Record<string, unknown>) => void) => {
    const value = JSON.parse(store.files.get("stopped/w1.json") ?? "");
    edit(value);
    store.files.set("stopped/w1.json", JSON.stringify(value));
    return notes.read("w1");
  };
  return { notes, disk, change };
}

describe("what stop noted of a worker", () => {
  it("stands while the disk is as it was", async () => {
    const { notes, disk } = await noted();
    expect(await notes.read("w1")).toEqual(NOTE);
    await utimes(disk, 1, 1);
    expect(await notes.read("w1")).toBeNull();
  });

  it.each([
    ["without its list", (note: Record<string, unknown>) => delete note.items],
    [
      "with a kind of work that there is not",
      (note) => Object.assign(note, { items: [{ ...NOTE.items[0], kind: "x" }] }),
    ],
    ["with half an item", (note) => Object.assign(note, { items: [{ kind: "commits", count: 1 }] })],
    ["with a count below zero", (note) => Object.assign(note, { items: [{ ...NOTE.items[0], count: -1 }] })],
    ["with saves that are no texts", (note) => Object.assign(note, { saves: [1] })],
  ] as readonly (readonly [string, (note: Record<string, unknown>) => void])[])(
    "is none %s: what the worker holds is unknown then",
    async (_, edit) => {
      const { change } = await noted();
      expect(await change(({ note }) => edit(note))).toBeNull();
    },
  );

  it("is none of another version, and for another worker", async () => {
    const { change } = await noted();
    expect(await change((value) => Object.assign(value, { version: 2 }))).toBeNull();
    expect(await change((value) => Object.assign(value, { version: 1, instance: "w2" }))).toBeNull();
    expect(await change((value) => Object.assign(value, { instance: "w1", note: null }))).toBeNull();
  });
});
