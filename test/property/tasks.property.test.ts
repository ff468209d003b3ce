import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isOpen, newTaskList, type Task, type TaskEnd, type TaskList } from "../../src/runs/task-list.js";
import { type TaskHands, type TaskOutcome, type TaskWorker, walkTasks } from "../../src/runs/task-walk.js";
import { runsOf } from "../support/property-runs.js";

/*
 * Forty tasks on four workers that are made up: tasks fail, starts are refused, links drop, resets fail, workers are made
 * anew, and the limaform that gives the tasks out is killed at any of its steps and goes on from what it had written.
 */

class Killed extends Error {}

/** What the guests hold: it outlasts every limaform. */
interface Guests {
  /** By task: each start that really happened, with the worker and which of its lives. */
  readonly starts: Map<string, string[]>;
  readonly ends: Map<string, TaskEnd>;
  readonly collected: Map<string, number>;
  /** What lies in the tree of each worker. */
  readonly trees: Map<string, string | null>;
}

interface Chances {
  next(): number;
}

const chancesOf = (seed: number): Chances => {
  let state = seed >>> 0 || 1;
  return {
    next() {
      state ^= state << 13;
      state >>>= 0;
      state ^= state >>> 17;
      state ^= state << 5;
      state >>>= 0;
      return state / 2 ** 32;
    },
  };
};

interface World {
  readonly guests: Guests;
  readonly disk: { list: TaskList };
  readonly chances: Chances;
  readonly kills: { left: number };
}

/** Any step may be the last one of this limaform. */
async function step({ chances, kills }: World): Promise<void> {
  await Promise.resolve();
  if (kills.left > 0 && chances.next() < 0.02) {
    kills.left -= 1;
    throw new Killed();
  }
}

function handsOf(world: World): TaskHands<TaskWorker> {
  const { guests, disk, chances } = world;
  let isDead = false;
  const alive = async (): Promise<void> => {
    if (isDead) throw new Killed();
    try {
      await step(world);
    } catch (error) {
      isDead = true;
      throw error;
    }
  };
  const life = ({ instance, readyAt }: TaskWorker): string => `${instance}@${readyAt}`;
  return {
    async save(list) {
      await alive();
      disk.list = list;
      await alive();
    },
    async run(worker, task): Promise<TaskOutcome> {
      await alive();
      const starts = guests.starts.get(task.id) ?? [];
      if (!starts.includes(life(worker))) {
        if (chances.next() < 0.05) return { kind: "refused", text: "systemd refused the unit" };
        expect(guests.trees.get(life(worker)), `${task.id} begins on a clean tree`).toBe(null);
        guests.starts.set(task.id, [...starts, life(worker)]);
        guests.trees.set(life(worker), task.id);
        guests.ends.set(task.id, chances.next() < 0.3 ? "failed" : "done");
      }
      await alive();
      if (chances.next() < 0.03) return { kind: "open", text: "no answer" };
      expect(guests.trees.get(life(worker)), `what is collected for ${task.id} is its own`).toBe(task.id);
      guests.collected.set(task.id, (guests.collected.get(task.id) ?? 0) + 1);
      await alive();
      return { kind: "ended", state: guests.ends.get(task.id) ?? "failed", text: "" };
    },
    async reset(worker) {
      await alive();
      if (chances.next() < 0.01) return false;
      const held = guests.trees.get(life(worker)) ?? null;
      expect(held === null || guests.collected.has(held), "nothing is thrown away before it is here").toBe(true);
      guests.trees.set(life(worker), null);
      return true;
    },
    isStopped: () => isDead,
    cancelled: async () => new Set(),
  };
}

describe("a task list", () => {
  it.each(runsOf(150))(
    "ends every task in one state, loses none and starts none twice, whatever fails and whoever is killed, $title",
    async ({ seed, numRuns }) => {
      let killed = 0;
      let lost = 0;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 1, max: 2 ** 31 }), fc.integer({ min: 0, max: 12 }), async (dice, kills) => {
          const chances = chancesOf(dice);
          const ids = Array.from({ length: 40 }, (_, index) => `t${index + 1}`);
          const first = newTaskList(
            "20260102-030405-abcd",
            ids.map((id) => ({ id, prompt: id, files: [] })),
          );
          const guests: Guests = { starts: new Map(), ends: new Map(), collected: new Map(), trees: new Map() };
          const world: World = { guests, disk: { list: first }, chances, kills: { left: kills } };
          const lives = new Map([1, 2, 3, 4].map((slot) => [slot, 0]));
          for (let round = 0; round < 200 && isOpen(world.disk.list); round += 1) {
            for (const slot of lives.keys()) {
              // Somebody replaced the worker meanwhile.
              if (round > 0 && chances.next() < 0.02) lives.set(slot, (lives.get(slot) ?? 0) + 1);
            }
            const workers = [...lives].map(([slot, life]) => ({ slot, instance: `w-${slot}`, readyAt: String(life) }));
            for (const { instance, readyAt } of workers) {
              const key = `${instance}@${readyAt}`;
              if (!guests.trees.has(key)) guests.trees.set(key, null);
            }
            try {
              world.disk.list = await walkTasks(world.disk.list, workers, handsOf(world));
            } catch (error) {
              if (!(error instanceof Killed)) throw error;
              killed += 1;
            }
          }
          const { tasks } = world.disk.list;
          expect(tasks.map(({ id }) => id)).toEqual(ids);
          for (const task of tasks) checkEnd(task, guests);
          lost += tasks.filter(({ end }) => end?.state === "lost").length;
        }),
        { seed, numRuns },
      );
      // The generator reaches what the law is about.
      expect(killed).toBeGreaterThan(50);
      expect(lost).toBeGreaterThan(0);
    },
  );
});

function checkEnd(task: Task, guests: Guests): void {
  const starts = guests.starts.get(task.id) ?? [];
  expect(task.status, task.id).toBe("ended");
  expect(starts.length, `${task.id} started on ${starts.join(", ")}`).toBeLessThanOrEqual(1);
  if (task.end?.state === "lost") return;
  if (starts.length === 0) expect(task.refusals, `${task.id} was refused`).toBe(2);
  else {
    expect(task.end?.state, task.id).toBe(guests.ends.get(task.id));
    expect(guests.collected.has(task.id), `${task.id} is here`).toBe(true);
  }
}
