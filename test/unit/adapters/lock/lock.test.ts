import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createDiskLockFiles } from "../../../../src/adapters/lock/disk-lock-files.js";
import type { Host } from "../../../../src/adapters/lock/identity.js";
import { createLock } from "../../../../src/adapters/lock/lock.js";
import { encodeLock, type LockFile } from "../../../../src/adapters/lock/lock-file.js";
import { removeHolding } from "../../../../src/adapters/lock/take.js";
import type { LockHolder, LockOptions } from "../../../../src/ports/host.js";
import { createFakeClock, settle } from "../../../support/fake-clock.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

/** A host on which all processes but those of `dead` live, each started at its own pid. */
function hostOf(pid: number, dead: ReadonlySet<number>): Host {
  return {
    identify: async () => ({ host: "h", hostId: "id", bootId: "b", pidSpace: "p", pid, processStart: String(pid) }),
    readProcess: async (other) => (dead.has(other) ? { kind: "gone" } : { kind: "running", start: String(other) }),
  };
}

async function scene() {
  const root = join(await temporaryFolder(), "my-app");
  const clock = createFakeClock();
  const dead = new Set<number>();
  const lockOf = (pid: number) => createLock({ root, project: "my-app", owner: "o", clock, host: hostOf(pid, dead) });
  return { root, clock, dead, lockOf };
}

function wish(
  changes: Partial<LockOptions> = {},
): LockOptions & { readonly waits: [number, number][]; readonly tookOver: LockHolder[] } {
  const waits: [number, number][] = [];
  const tookOver: LockHolder[] = [];
  return {
    operation: "apply",
    timeoutMs: 0,
    signal: new AbortController().signal,
    onWaiting: (holder, waitedMs) => waits.push([holder.pid, waitedMs]),
    onTakenOver: (holder) => tookOver.push(holder),
    waits,
    tookOver,
    ...changes,
  };
}

/** Lets real file operations end between the turns of the fake clock. */
async function advance(clock: ReturnType<typeof createFakeClock>, ms: number): Promise<void> {
  for (let step = 0; step < ms; step += 200) {
    await clock.advance(200);
    while (clock.sleeping() === 0) await settle();
  }
}

describe("the project's lock", () => {
  it("is one holder's until given back, and leaves nothing behind", async () => {
    const { root, lockOf } = await scene();
    const handle = await lockOf(1).acquire(wish());
    await expect(lockOf(2).acquire(wish())).rejects.toMatchObject({ code: "LOCK_BUSY" });
    await handle.release();
    await handle.release();
    const again = await lockOf(2).acquire(wish());
    await again.release();
    expect(await readdir(root)).toEqual([]);
  });

  it("is busy for a second wish of the same process too", async () => {
    const { lockOf } = await scene();
    await lockOf(1).acquire(wish());
    await expect(lockOf(1).acquire(wish())).rejects.toMatchObject({ code: "LOCK_BUSY" });
  });

  it("names what holds it, where, since when, and what to do", async () => {
    const { lockOf } = await scene();
    await lockOf(1).acquire(wish({ operation: "limaform apply" }));
    await expect(lockOf(2).acquire(wish())).rejects.toMatchObject({
      message: "project my-app is busy: limaform apply (pid 1 on h) holds it since 2026-11-01T00:00:00.000Z",
      hint: "Wait for it, longer with --lock-timeout 10m. To see it: ps -p 1",
      exitCode: 75,
      details: { operation: "limaform apply", pid: 1, host: "h", bootId: "b", processStart: "1", waitedMs: 0 },
    });
  });

  it("of a dead holder is taken over and reported, with its residue", async () => {
    const { root, lockOf, dead } = await scene();
    await lockOf(1).acquire(wish());
    await writeFile(join(root, "lock.json.claim-00ff"), "left by a dead taker");
    dead.add(1);
    const second = wish();
    const handle = await lockOf(2).acquire(second);
    expect(second.tookOver.map(({ pid }) => pid)).toEqual([1]);
    expect(await readdir(root)).toEqual(["lock.json"]);
    await handle.release();
  });

  it("is not given back by one from whom it was taken over", async () => {
    const { root, lockOf, dead } = await scene();
    const first = await lockOf(1).acquire(wish());
    dead.add(1);
    await lockOf(2).acquire(wish());
    await first.release();
    expect(await readdir(root)).toEqual(["lock.json"]);
  });

  it("of another host is never taken over, and the way out is named", async () => {
    const { root, lockOf } = await scene();
    const holder = { operation: "apply", owner: "o", host: "ci-7", bootId: "x", pid: 1, processStart: "1", since: "t" };
    const other: LockFile = { nonce: "ab", hostId: "other", pidSpace: "p", holder };
    await mkdir(root, { recursive: true });
    await writeFile(join(root, "lock.json"), encodeLock(other));
    await expect(lockOf(2).acquire(wish())).rejects.toMatchObject({
      hint: expect.stringContaining("release the lock: limaform unlock"),
    });
  });

  it("that cannot be read is nobody's to take", async () => {
    const { root, lockOf } = await scene();
    await mkdir(root, { recursive: true });
    await writeFile(join(root, "lock.json"), "{}");
    await expect(lockOf(2).acquire(wish())).rejects.toMatchObject({
      code: "LOCK_BUSY",
      message: expect.stringContaining("cannot be read"),
    });
  });

  it("is waited for with growing pauses, told after 400 ms, until the time is up", async () => {
    const { clock, lockOf } = await scene();
    await lockOf(1).acquire(wish());
    const second = wish({ timeoutMs: 40_000 });
    const waiting = expect(lockOf(2).acquire(second)).rejects.toMatchObject({
      code: "LOCK_BUSY",
      message: expect.stringContaining("waited 40 s"),
    });
    while (clock.sleeping() === 0) await settle();
    await Promise.race([waiting, advance(clock, 60_000)]);
    await waiting;
    expect(clock.sleeps).toEqual([400, 1_000, 2_000, 4_000, 8_000, 16_000, 8_600]);
    expect(second.waits[0]).toEqual([1, 400]);
    expect(second.waits).toHaveLength(6);
  });

  it("goes to one who waits as soon as it is free", async () => {
    const { clock, lockOf } = await scene();
    const handle = await lockOf(1).acquire(wish());
    const second = wish({ timeoutMs: 10_000 });
    const waiting = lockOf(2).acquire(second);
    while (clock.sleeping() === 0) await settle();
    await handle.release();
    await clock.advance(400);
    await waiting;
    expect(second.waits).toEqual([]);
  });

  it("is waited for no longer when the user interrupts", async () => {
    const { clock, lockOf } = await scene();
    await lockOf(1).acquire(wish());
    const stop = new AbortController();
    const waiting = lockOf(2).acquire(wish({ timeoutMs: 10_000, signal: stop.signal }));
    while (clock.sleeping() === 0) await settle();
    stop.abort(new Error("SIGINT"));
    await expect(waiting).rejects.toThrow("SIGINT");
  });
});

describe("leases", () => {
  it("are one per worker, beside the project's lock", async () => {
    const { lockOf } = await scene();
    await lockOf(1).acquire(wish());
    const lease = await lockOf(2).acquireLease("w1", wish({ operation: "run" }));
    await lockOf(3).acquireLease("w2", wish({ operation: "run" }));
    await expect(lockOf(3).acquireLease("w1", wish())).rejects.toMatchObject({
      message: expect.stringContaining("w1 is busy: run (pid 2"),
    });
    expect(Object.entries(await lockOf(4).leases()).map(([name, { pid }]) => [name, pid])).toEqual([
      ["w1", 2],
      ["w2", 3],
    ]);
    await lease.release();
    expect(Object.keys(await lockOf(4).leases())).toEqual(["w2"]);
  });

  it("of the dead are no live work, and reading them changes nothing", async () => {
    const { root, dead, lockOf } = await scene();
    expect(await lockOf(4).leases()).toEqual({});
    await lockOf(2).acquireLease("w1", wish());
    dead.add(2);
    expect(await lockOf(4).leases()).toEqual({});
    expect(await readdir(join(root, "leases"))).toEqual(["w1.json"]);
  });

  it("that cannot be read count as live work", async () => {
    const { root, lockOf } = await scene();
    await mkdir(join(root, "leases"), { recursive: true });
    await writeFile(join(root, "leases/w1.json"), "?");
    expect(await lockOf(4).leases()).toMatchObject({ w1: { operation: "unknown" } });
  });

  it("are refused for what is no instance name", async () => {
    const { lockOf } = await scene();
    await expect(lockOf(1).acquireLease("../lock", wish())).rejects.toMatchObject({ code: "BUG_INTERNAL" });
  });
});

describe("looking at locks and removing them", () => {
  it("shows the project's lock and all leases, each with what is certain of its holder", async () => {
    const { root, dead, lockOf } = await scene();
    expect(await lockOf(9).held()).toEqual([]);
    await lockOf(1).acquire(wish());
    await lockOf(2).acquireLease("w1", wish({ operation: "run" }));
    await writeFile(join(root, "leases/w2.json"), "?");
    dead.add(2);
    expect(await lockOf(9).held()).toMatchObject([
      { instance: null, liveness: "alive", holder: { pid: 1, operation: "apply" } },
      { instance: "w1", liveness: "dead", holder: { pid: 2, operation: "run" } },
      { instance: "w2", liveness: "unknown", holder: null },
    ]);
  });

  it("removes that very holding and never the next one", async () => {
    const { root, lockOf } = await scene();
    const first = await lockOf(1).acquire(wish());
    const [seen] = await lockOf(9).held();
    if (seen === undefined) throw new Error("no lock");
    await first.release();
    expect(await lockOf(9).remove(seen)).toBe(false);
    await lockOf(2).acquire(wish());
    expect(await lockOf(9).remove(seen)).toBe(false);
    const [next] = await lockOf(9).held();
    expect(next?.holder?.pid).toBe(2);
    if (next !== undefined) expect(await lockOf(9).remove(next)).toBe(true);
    expect(await readdir(root)).toEqual([]);
  });

  it("looks once more under its claim", async () => {
    const { root, lockOf } = await scene();
    await lockOf(1).acquire(wish());
    const path = join(root, "lock.json");
    const old = await readFile(path, "utf8");
    const { nonce, hostId, pidSpace, ...rest } = JSON.parse(old);
    const mine: LockFile = { nonce: "ab", hostId, pidSpace, holder: rest };
    // Between the first look and the claim the holder gave back, and another took it under the same nonce's claim.
    await writeFile(path, encodeLock({ ...mine, nonce: "cd" }));
    const files = createDiskLockFiles(() => "ef");
    const options = { files, nonce: () => "ef", isDead: async () => false };
    expect(await removeHolding(path, old, { mine, options })).toBe(false);
    expect(await readdir(root)).toEqual(["lock.json"]);
    expect(nonce).not.toBe("cd");
  });

  it("leaves a lock alone that somebody is just taking over from its dead holder", async () => {
    const { root, dead, lockOf } = await scene();
    await lockOf(1).acquire(wish());
    const [seen] = await lockOf(9).held();
    if (seen === undefined) throw new Error("no lock");
    dead.add(1);
    const { nonce } = JSON.parse(await readFile(join(root, "lock.json"), "utf8"));
    // A living taker's claim, as take.ts leaves it while it works.
    await lockOf(3).acquireLease("claimer", wish());
    await rename(join(root, "leases/claimer.json"), join(root, `lock.json.claim-${nonce}`));
    expect(await lockOf(9).remove(seen)).toBe(false);
    expect(await readdir(root)).toContain("lock.json");
  });
});
