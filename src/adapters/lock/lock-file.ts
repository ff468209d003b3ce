import type { LockHolder } from "../../ports/host.js";
import { type Fields, isCount, isFields, isText, parseJson } from "../../record/narrow.js";

export const LOCK_FORMAT = "limaform.lock";
export const LOCK_VERSION = 1;

/**
 * What stands in a lock's file: who holds it, and what is needed to tell whether the holder still lives.
 *
 * Shape: `nonce` is new for each taking, so that a lock which was released and taken again is another lock.
 */
export interface LockFile {
  readonly nonce: string;
  readonly hostId: string;
  /** Process ids of another space (a container's) say nothing here. */
  readonly pidSpace: string;
  readonly holder: LockHolder;
}

export function encodeLock({ nonce, hostId, pidSpace, holder }: LockFile): string {
  return `${JSON.stringify({ format: LOCK_FORMAT, version: LOCK_VERSION, nonce, hostId, pidSpace, ...holder }, null, 2)}\n`;
}

/** Null for a file that this version cannot read: then nobody knows whether its holder lives. */
export function decodeLock(text: string): LockFile | null {
  const value = parseJson(text);
  if (!isFields(value) || value.format !== LOCK_FORMAT || value.version !== LOCK_VERSION) return null;
  const { nonce, hostId, pidSpace } = value;
  const holder = holderOf(value);
  if (holder === null || !isText(nonce) || !/^[0-9a-f]+$/.test(nonce) || !isText(hostId) || !isText(pidSpace))
    return null;
  return { nonce, hostId, pidSpace, holder };
}

/** Stands for a holder that cannot be read. */
export const UNKNOWN_HOLDER: LockHolder = {
  operation: "unknown",
  owner: "",
  host: "unknown",
  bootId: "",
  pid: 0,
  processStart: "",
  since: "",
};

function holderOf({ operation, owner, host, bootId, pid, processStart, since }: Fields): LockHolder | null {
  if (!isText(operation) || !isText(owner) || !isText(host) || !isText(bootId)) return null;
  if (!isCount(pid) || !isText(processStart) || !isText(since)) return null;
  return { operation, owner, host, bootId, pid, processStart, since };
}
