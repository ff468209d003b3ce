import { describe, expect, it } from "vitest";
import type { UnreadWorker } from "../../../src/app/unread-workers.js";
import { chooseWorkers } from "../../../src/app/workers.js";
import { worker } from "../../support/builders.js";

const named = (slot: number) => ({ slot, instance: `app-worker-${slot}`, address: worker(slot) });
const workers = [1, 2, 3].map(named);
const slots = (...typed: readonly string[]) => chooseWorkers(workers, typed).map(({ slot }) => slot);

describe("workers as typed", () => {
  it.each([
    [[], [1, 2, 3]],
    [["all"], [1, 2, 3]],
    [["2"], [2]],
    [["1-3"], [1, 2, 3]],
    [["3,1"], [1, 3]],
    [
      ["1", "3"],
      [1, 3],
    ],
    [["app-worker-2"], [2]],
    [["worker.default[2]"], [2]],
  ])("%j are %j", (typed, found) => {
    expect(slots(...typed)).toEqual(found);
  });

  it.each(["9", "2-1", "3-1", "2-4", "0", "-1", "web", "", ",", "1e3"])(
    "%j is refused: it names none, and none is not what was meant",
    (typed) => {
      expect(() => slots(typed)).toThrow(expect.objectContaining({ code: "USAGE_UNKNOWN_WORKER" }));
    },
  );

  it("are told apart from a fleet without workers", () => {
    expect(() => chooseWorkers([], ["1"])).toThrow(expect.objectContaining({ code: "USAGE_NO_WORKERS" }));
  });
});

describe("a worker that cannot be read", () => {
  const unread: readonly UnreadWorker[] = [{ ...named(4), why: "torn" }];

  it.each([["4"], ["3-4"], ["app-worker-4"], ["worker.default[4]"], ["all"], []])(
    "%s is not absent: it is named with its reason, and how to mean the others",
    (...typed) => {
      expect(() => chooseWorkers(workers, typed, unread)).toThrow(
        expect.objectContaining({
          code: "LIMA_UNREADABLE",
          message: "worker 4 (app-worker-4) cannot be read: torn",
          hint: expect.stringContaining("name them: 1,2,3"),
        }),
      );
    },
  );

  it("does not stand in the way of the others", () => {
    expect(chooseWorkers(workers, ["1,2"], unread).map(({ slot }) => slot)).toEqual([1, 2]);
    expect(() => chooseWorkers(workers, ["5"], unread)).toThrow(
      expect.objectContaining({ code: "USAGE_UNKNOWN_WORKER" }),
    );
  });
});
