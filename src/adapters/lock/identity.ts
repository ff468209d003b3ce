import type { LockFile } from "./lock-file.js";

/** Which process on which host we are; what a lock says of its holder. */
export interface Identity {
  /** For people. */
  readonly host: string;
  /** Stays the same when the host is renamed. */
  readonly hostId: string;
  readonly bootId: string;
  /** Process ids mean something only within it. */
  readonly pidSpace: string;
  readonly pid: number;
  readonly processStart: string;
}

/** `unknown`: there may be such a process, but this user cannot see it. */
export type ProcessReading =
  | { readonly kind: "running"; readonly start: string }
  | { readonly kind: "gone" }
  | { readonly kind: "unknown" };

/** What the lock asks its host. */
export interface Host {
  identify(): Promise<Identity>;
  readProcess(pid: number): Promise<ProcessReading>;
}

/**
 * Whether the holder of a lock is certainly dead. Every doubt means alive: a lock taken from a living holder costs more
 * than one that somebody has to remove by hand.
 */
export async function isDead(found: LockFile, us: Identity, host: Host): Promise<boolean> {
  return (await livenessOf(found, us, host)) === "dead";
}

/** `alive`: the very process that took it runs on this host. `unknown`: another host, another container, no way to look. */
export async function livenessOf(
  { hostId, pidSpace, holder }: LockFile,
  us: Identity,
  host: Host,
): Promise<"dead" | "alive" | "unknown"> {
  if (hostId !== us.hostId) return "unknown";
  const { bootId, processStart } = holder;
  // Machine ids are copied with images; two hosts with one id still have names of their own.
  if (bootId !== us.bootId) {
    return holder.host === us.host && bootId !== "" && us.bootId !== "" ? "dead" : "unknown";
  }
  if (pidSpace !== us.pidSpace) return "unknown";
  const found = await host.readProcess(holder.pid);
  if (found.kind === "gone") return "dead";
  if (found.kind === "unknown" || processStart === "") return "unknown";
  return found.start === processStart ? "alive" : "dead";
}
