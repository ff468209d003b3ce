import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeLock, encodeLock, type LockFile } from "../../src/adapters/lock/lock-file.js";
import { giveBack, type LockFiles, sweepClaims, tryTake } from "../../src/adapters/lock/take.js";
import { runsOf } from "../support/property-runs.js";
import { createViolations } from "../support/violations.js";

const PATH = "/state/lock.json";

interface Taker {
  readonly pid: number;
  /** The taker dies before its n-th step on the files; null = it lives. */
  readonly diesAt: number | null;
  readonly tries: number;
}

interface Scenario {
  readonly takers: readonly Taker[];
  /** What stands there before: nothing, a dead holder's lock, and a claim on that whose claimer died. */
  readonly before: "nothing" | "dead" | "dead with a dead claim";
}

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  takers: fc
    .array(fc.record({ diesAt: fc.option(fc.nat({ max: 12 })), tries: fc.integer({ min: 1, max: 3 }) }), {
      minLength: 2,
      maxLength: 4,
    })
    .map((drafts) => drafts.map((draft, place) => ({ ...draft, pid: place + 1 }))),
  before: fc.constantFrom("nothing", "dead", "dead with a dead claim"),
});

function lockFile(pid: number, nonce: string): LockFile {
  const holder = { operation: "apply", owner: "o", host: "h", bootId: "b", pid, processStart: "1", since: "t" };
  return { nonce, hostId: "h", pidSpace: "p", holder };
}

/** Files in memory; each step is one turn of the scheduler. */
function world(scheduler: fc.Scheduler, { takers, before }: Scenario) {
  const files = new Map<string, string>();
  const dead = new Set<number>([99, 98]);
  if (before !== "nothing") files.set(PATH, encodeLock(lockFile(99, "aa")));
  if (before === "dead with a dead claim") files.set(`${PATH}.claim-aa`, encodeLock(lockFile(98, "bb")));
  let nonces = 0;
  const nonce = () => {
    nonces += 1;
    return `c${nonces.toString(16)}`;
  };
  const filesOf = ({ pid, diesAt }: Taker): LockFiles => {
    let steps = 0;
    const turn = async <T>(act: () => T): Promise<T> => {
      await scheduler.schedule(Promise.resolve(), `${pid}`);
      if (steps === diesAt) dead.add(pid);
      // The dead do nothing any more, not even fail.
      if (dead.has(pid)) return new Promise(() => {});
      steps += 1;
      return act();
    };
    return {
      create: (path, text) =>
        turn(() => {
          if (files.has(path)) return false;
          files.set(path, text);
          return true;
        }),
      read: (path) => turn(() => files.get(path) ?? null),
      replace: (path, text) => turn(() => void files.set(path, text)),
      remove: (path) => turn(() => void files.delete(path)),
      beside: (path) => turn(() => [...files.keys()].filter((name) => name.startsWith(path))),
    };
  };
  return { files, dead, nonce, filesOf, takers };
}

describe.each(runsOf(400))("the lock ($title)", (parameters) => {
  it("is never held by two, however their steps fall and whoever dies", async () => {
    const reached = { taken: 0, takenOver: 0, busy: 0, died: 0 };
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), scenarios, async (scheduler, scenario) => {
        const { files, dead, nonce, filesOf, takers } = world(scheduler, scenario);
        const holding = new Set<number>();
        const take = async (taker: Taker): Promise<void> => {
          const own = filesOf(taker);
          for (let left = taker.tries; left > 0; left -= 1) {
            const mine = lockFile(taker.pid, nonce());
            const isDead = async (found: LockFile) => dead.has(found.holder.pid);
            const attempt = await tryTake(PATH, mine, { files: own, nonce, isDead });
            reached[attempt.kind] += 1;
            if (attempt.kind === "busy") continue;
            if (attempt.takenOver !== null) reached.takenOver += 1;
            expect([...holding].filter((pid) => !dead.has(pid))).toEqual([]);
            holding.add(taker.pid);
            await sweepClaims(PATH, own);
            expect(decodeLock(files.get(PATH) ?? "")?.nonce).toBe(mine.nonce);
            holding.delete(taker.pid);
            await giveBack(PATH, mine, own);
          }
        };
        const violations = createViolations();
        for (const taker of takers) take(taker).catch(violations.note);
        await scheduler.waitIdle();
        violations.throwFirst();

        // Whoever comes later gets it: nothing that the dead left is in the way.
        expect([...holding].filter((pid) => !dead.has(pid))).toEqual([]);
        const late: Taker = { pid: 50, diesAt: null, tries: 1 };
        const isDead = async (found: LockFile) => dead.has(found.holder.pid);
        const own = filesOf(late);
        const mine = lockFile(50, nonce());
        const attempt = await scheduler.waitFor(tryTake(PATH, mine, { files: own, nonce, isDead }));
        expect(attempt.kind).toBe("taken");
        await scheduler.waitFor(sweepClaims(PATH, own).then(() => giveBack(PATH, mine, own)));
        expect([...files.keys()]).toEqual([]);
        if (dead.size > 2) reached.died += 1;
      }),
      parameters,
    );
    for (const count of Object.values(reached)) expect(count).toBeGreaterThan(20);
  });
});
