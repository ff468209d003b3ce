import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { BugError } from "../../errors/errors.js";
import type { Clock, Lock, LockHandle, LockHolder, LockOptions } from "../../ports/host.js";
import { compareText } from "../../util/compare.js";
import { sha256Hex } from "../../util/digest.js";
import { ifThere, sweepTemporary } from "../store/files.js";
import { toStoreError } from "../store/store-errors.js";
import { lockBusy } from "./busy.js";
import { createDiskLockFiles } from "./disk-lock-files.js";
import { readHeld } from "./held.js";
import { type Host, type Identity, isDead } from "./identity.js";
import { decodeLock, type LockFile, UNKNOWN_HOLDER } from "./lock-file.js";
import { type Attempt, giveBack, removeHolding, sweepClaims, tryTake } from "./take.js";

export interface DiskLockOptions {
  /** The project's state folder, absolute. */
  readonly root: string;
  readonly project: string;
  /** The fleet's owner, for the holder's file. */
  readonly owner: string;
  readonly clock: Clock;
  readonly host: Host;
}

const LOCK_FILE = "lock.json";
const LEASES = "leases";
const QUIET_MS = 400;
const FIRST_WAIT_MS = 1_000;
const MAX_WAIT_MS = 16_000;
/** No write takes that long; what is older was cut off. */
const TEMPORARY_AGE_MS = 3_600_000;

/** Locks as files in the project's state folder. Errors: LOCK_BUSY, STORE_…. */
export function createLock(options: DiskLockOptions): Lock {
  const { root, project, clock } = options;
  const lockPath = join(root, LOCK_FILE);
  return {
    async acquire(wish) {
      const handle = await acquire({ path: lockPath, what: `project ${project}` }, wish, options);
      const before = Date.parse(clock.now()) - TEMPORARY_AGE_MS;
      await typed(root, () => sweepTemporary(root, before));
      return handle;
    },
    async acquireLease(instance, wish) {
      // The name becomes part of a path.
      if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(instance))
        throw new BugError(`not the name of an instance: ${instance}`);
      return acquire({ path: join(root, LEASES, `${instance}.json`), what: instance }, wish, options);
    },
    leases: () => typed(root, () => liveLeases(join(root, LEASES), options)),
    held: () => typed(root, () => readHeld({ lock: lockPath, leases: join(root, LEASES) }, options)),
    remove: ({ path, id }) => typed(path, () => removeOne(path, id, options)),
  };
}

interface Place {
  readonly path: string;
  readonly what: string;
}

async function acquire(place: Place, wish: LockOptions, options: DiskLockOptions): Promise<LockHandle> {
  const { clock, host } = options;
  const us = await typed(place.path, () => host.identify());
  const nonce = () => clock.randomHex(16);
  const files = createDiskLockFiles(nonce);
  const startedMs = clock.monotonicMs();
  for (let waitMs = FIRST_WAIT_MS, isFirst = true; ; isFirst = false) {
    const mine = fileOf(us, wish.operation, { owner: options.owner, since: clock.now(), nonce: nonce() });
    const attempt: Attempt = await typed(place.path, () =>
      tryTake(place.path, mine, { files, nonce, isDead: (found) => isDead(found, us, host) }),
    );
    if (attempt.kind === "taken") {
      await typed(place.path, () => sweepClaims(place.path, files));
      if (attempt.takenOver !== null) wish.onTakenOver(attempt.takenOver.holder);
      return { release: () => typed(place.path, () => giveBack(place.path, mine, files)) };
    }
    const holder = attempt.holder?.holder ?? UNKNOWN_HOLDER;
    const waitedMs = Math.round(clock.monotonicMs() - startedMs);
    const leftMs = wish.timeoutMs - waitedMs;
    if (leftMs <= 0) throw lockBusy({ ...place, holder, host: us.host, waitedMs });
    if (isFirst) {
      // Most holders are gone before a person would read that one waits for them.
      await clock.sleep(Math.min(QUIET_MS, leftMs), wish.signal);
      continue;
    }
    wish.onWaiting(holder, waitedMs);
    await clock.sleep(Math.min(waitMs, leftMs), wish.signal);
    waitMs = Math.min(MAX_WAIT_MS, waitMs * 2);
  }
}

function fileOf(
  { hostId, pidSpace, host, bootId, pid, processStart }: Identity,
  operation: string,
  rest: { readonly owner: string; readonly since: string; readonly nonce: string },
): LockFile {
  const { owner, since, nonce } = rest;
  return { nonce, hostId, pidSpace, holder: { operation, owner, host, bootId, pid, processStart, since } };
}

/** A lease that cannot be read counts as live work. */
async function liveLeases(folder: string, { clock, host }: DiskLockOptions): Promise<Record<string, LockHolder>> {
  const files = createDiskLockFiles(() => clock.randomHex(16));
  const names = ((await ifThere(readdir(folder))) ?? []).filter((name) => name.endsWith(".json")).sort(compareText);
  const us = names.length === 0 ? null : await host.identify();
  const live: Record<string, LockHolder> = {};
  for (const name of names) {
    const text = await files.read(join(folder, name));
    if (text === null || us === null) continue;
    const found = decodeLock(text);
    if (found !== null && (await isDead(found, us, host))) continue;
    live[name.slice(0, -".json".length)] = found?.holder ?? UNKNOWN_HOLDER;
  }
  return live;
}

async function removeOne(path: string, id: string, { owner, clock, host }: DiskLockOptions): Promise<boolean> {
  const nonce = () => clock.randomHex(16);
  const files = createDiskLockFiles(nonce);
  const text = await files.read(path);
  if (text === null || sha256Hex(text) !== id) return false;
  const us = await host.identify();
  const mine = fileOf(us, "unlock", { owner, since: clock.now(), nonce: nonce() });
  return removeHolding(path, text, { mine, options: { files, nonce, isDead: (found) => isDead(found, us, host) } });
}

async function typed<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw toStoreError(error, "lock with", path);
  }
}
