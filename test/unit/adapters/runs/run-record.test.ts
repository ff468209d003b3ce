import { describe, expect, it } from "vitest";
import { createRunRecords } from "../../../../src/adapters/runs/run-record.js";
import { StoreError } from "../../../../src/errors/errors.js";
import { createMemoryStore } from "../../../support/memory-store.js";
import { recordOf } from "../../../support/run-builders.js";

const RECORD = recordOf({ slot: 2, tokens: { input: 1, output: 2, cached: 3 } });
const FILE = `runs/${RECORD.run}/2/run.json`;

describe("the record of a run", () => {
  it("comes back as it was written, by slot or task", async () => {
    const records = createRunRecords(createMemoryStore());
    const task = { ...RECORD, task: "t1", tokens: null };
    await records.write(RECORD);
    await records.write(task);
    expect(await records.read(RECORD)).toEqual(RECORD);
    expect(await records.read(task)).toEqual(task);
    expect(await records.read({ ...RECORD, slot: 3 })).toBe(null);
    expect(() => records.read({ ...RECORD, run: "../x" })).toThrow(/is not a run id/u);
  });

  it("of before there were agents reads as one of today", async () => {
    const store = createMemoryStore();
    const { run, slot, instance, argv, base, startedAt, updatedAt, endedAt, output } = RECORD;
    const old = { format: "limaform.run-record", version: 1, run, slot, instance, argv, base, startedAt, updatedAt };
    const rest = { endedAt, output, exitCode: null, text: "too long", state: "timed_out" };
    store.files.set(FILE, JSON.stringify({ ...old, ...rest }));
    expect(await createRunRecords(store).read(RECORD)).toMatchObject({
      state: "failed",
      failure: "timeout",
      agent: null,
    });
  });

  const damaged = {
    code: "STORE_DAMAGED",
    hint: expect.stringMatching(/work of it in the worker.*: rm \/state\/runs\/.*run\.json$/u),
  };

  it.each(["[]", "7", '{"format":"limaform.run-record","version":9}', JSON.stringify({ ...RECORD, version: 2 })])(
    "that is %s is damaged: which work is where is not guessed, and the way out is named",
    async (text) => {
      const store = createMemoryStore();
      store.files.set(FILE, text);
      await expect(createRunRecords(store).read(RECORD)).rejects.toMatchObject(damaged);
    },
  );

  it("that is no JSON is damaged in the same words; what the disk refuses is told as it is", async () => {
    const failing = (error: Error) =>
      createRunRecords({ ...createMemoryStore(), readJson: () => Promise.reject(error) });
    await expect(failing(new StoreError("STORE_DAMAGED", "no JSON")).read(RECORD)).rejects.toMatchObject(damaged);
    const denied = new StoreError("STORE_DENIED", "no");
    await expect(failing(denied).read(RECORD)).rejects.toBe(denied);
  });
});
