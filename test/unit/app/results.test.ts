import { describe, expect, it } from "vitest";
import type { Fleet } from "../../../src/app/fleet.js";
import { acceptResult, discardResult, listResults } from "../../../src/app/results.js";
import type { AppSession } from "../../../src/app/session.js";
import { LockBusyError, ReviewError } from "../../../src/errors/errors.js";
import type { RunRecord } from "../../../src/ports/runs.js";
import { recordOf } from "../../support/run-builders.js";

const record = (slot: number): RunRecord => recordOf({ slot, instance: `w${slot}` });

/** A fleet of running workers of which each has one ended run; `collect` is what happens when it is collected. */
function scene(slots: readonly number[], collect: (instance: string) => Promise<null>, busy: readonly string[] = []) {
  const held = new Set<string>(busy);
  const log: string[] = [];
  const collected = new Set<string>();
  const fleet = {
    reader: { list: async () => ({ instances: slots.map((slot) => ({ name: `w${slot}`, status: "running" })) }) },
    runs: { survey: async () => ({ records: slots.map(record), damaged: [] }), markCollected: async () => {} },
    isCollected: async ({ instance }: RunRecord) => collected.has(instance),
    setCollected: async ({ instance }: RunRecord) => void collected.add(instance),
    repositoryRoot: async () => "/repo",
    loaded: { spec: { values: { "repo.path": "~/x" }, file: "/repo/limaform.toml", root: "/repo" } },
    lock: {
      async acquireLease(name: string) {
        if (held.has(name)) throw new LockBusyError("LOCK_BUSY", `${name} is busy`);
        held.add(name);
        log.push(`take ${name}`);
        const release = async () => {
          held.delete(name);
          log.push(`release ${name}`);
        };
        return { release };
      },
    },
    saves: { list: async () => [] },
    results: {
      list: async () => [],
      show: async () => ({ result: { instance: "w1" } }),
      collect({ instance }: { instance: string }) {
        log.push(`collect ${instance}`);
        return collect(instance);
      },
      accept: async () => void log.push("accept"),
      discard: async () => void log.push("discard"),
    },
  };
  const signal = new AbortController().signal;
  const session = {
    fleet: async () => fleet as unknown as Fleet,
    interrupt: { first: signal, second: signal },
    options: { command: "results list", lockTimeoutMs: 0 },
    emit: () => {},
  } as unknown as AppSession;
  return { session, log, collected, held };
}

describe("results", () => {
  it("of other workers are shown although one worker's cannot be taken over, and that is said", async () => {
    const refuse = new ReviewError("REVIEW_OBJECTS_REFUSED", "evil", { hint: "look" });
    const { session, log, collected, held } = scene([1, 2, 3], async (name) => {
      if (name === "w2") throw refuse;
      return null;
    });
    const { uncollected } = await listResults(session);
    expect(uncollected).toEqual([
      expect.objectContaining({ slot: 2, instance: "w2", error: expect.objectContaining({ code: refuse.code }) }),
    ]);
    expect([...collected]).toEqual(["w1", "w3"]);
    expect(log.filter((line) => line.startsWith("collect"))).toEqual(["collect w1", "collect w2", "collect w3"]);
    expect(held.size).toBe(0);
  });

  it("do not hide a defect of ours", async () => {
    const { session } = scene([1], () => Promise.reject(new TypeError("bug")));
    await expect(listResults(session)).rejects.toThrow("bug");
  });

  it("of a run that another limaform follows are left to that one", async () => {
    const { session, log } = scene([1, 2], async () => null, ["w1"]);
    expect((await listResults(session)).uncollected).toEqual([]);
    expect(log.filter((line) => line.startsWith("collect"))).toEqual(["collect w2"]);
  });

  it("are collected, accepted and discarded one at a time for each worker", async () => {
    const { session, log } = scene([1], async () => null);
    await listResults(session);
    await acceptResult(session, "r/1", { keepCommits: false, allow: [] });
    await discardResult(session, "r/1");
    expect(log).toEqual([
      ...["take w1", "take w1.results", "collect w1", "release w1.results", "release w1"],
      ...["take w1.results", "accept", "release w1.results", "take w1.results", "discard", "release w1.results"],
    ]);
  });
});
