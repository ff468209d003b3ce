import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock, HeldLock } from "../../ports/host.js";
import { compareText } from "../../util/compare.js";
import { sha256Hex } from "../../util/digest.js";
import { ifThere } from "../store/files.js";
import { createDiskLockFiles } from "./disk-lock-files.js";
import { type Host, livenessOf } from "./identity.js";
import { decodeLock } from "./lock-file.js";

/** Where a project's locks are. */
export interface LockPlaces {
  readonly lock: string;
  /** Folder with one file for each leased worker. */
  readonly leases: string;
}

/** All locks of a project as they stand, dead ones too: the project's own first, then the leases by worker. */
export async function readHeld(
  { lock, leases }: LockPlaces,
  { clock, host }: { readonly clock: Clock; readonly host: Host },
): Promise<readonly HeldLock[]> {
  const files = createDiskLockFiles(() => clock.randomHex(16));
  const names = ((await ifThere(readdir(leases))) ?? []).filter((name) => name.endsWith(".json")).sort(compareText);
  const us = await host.identify();
  const held: HeldLock[] = [];
  for (const path of [lock, ...names.map((name) => join(leases, name))]) {
    const text = await files.read(path);
    if (text === null) continue;
    const found = decodeLock(text);
    held.push({
      instance: path === lock ? null : basename(path, ".json"),
      path,
      holder: found?.holder ?? null,
      liveness: found === null ? "unknown" : await livenessOf(found, us, host),
      id: sha256Hex(text),
    });
  }
  return held;
}
