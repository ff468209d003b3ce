import type { Guest } from "../../ports/guest.js";

const LIMIT_MS = 5 * 60_000;
/** Room that a boot needs: on a full disk cloud-init fails before it could grow the file system. The seal removes it. */
const RESERVE = "/var/lib/limaform/reserve";
const KEEP_RESERVE = `[ -e ${RESERVE} ] || { install -d -m 0755 /var/lib/limaform && fallocate -l 64M ${RESERVE} || rm -f ${RESERVE}; }`;
const LOOK = "df -B1 --output=used,avail / | tail -n 1";

/** Units: bytes; null where the guest could not tell. */
export interface GuestDisk {
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

/**
 * Writes out what the guest still holds in memory, so that a crash takes nothing of it, and looks at its root file system.
 * Sees to it that some room is set aside for the day when the disk is full.
 */
export const settleDisk = (guest: Guest, instance: string, signal: AbortSignal): Promise<GuestDisk> =>
  look(guest, instance, `${KEEP_RESERVE}; sync; ${LOOK}`, signal);

/** Looks, and where the disk is full gives the reserve back, so that the guest can boot with a larger one. */
export async function judgeFullDisk(guest: Guest, instance: string, signal: AbortSignal): Promise<boolean> {
  const { freeBytes } = await look(guest, instance, LOOK, signal);
  if (freeBytes === null || freeBytes >= FULL_BYTES) return false;
  await look(guest, instance, `rm -f ${RESERVE}; sync; ${LOOK}`, signal);
  return true;
}

const FULL_BYTES = 16 * 1024 ** 2;

async function look(guest: Guest, instance: string, script: string, signal: AbortSignal): Promise<GuestDisk> {
  const { stdout } = await guest.exec(
    instance,
    { argv: ["sh", "-c", script], asRoot: true },
    { signal, timeoutMs: LIMIT_MS },
  );
  const [usedBytes, freeBytes] = stdout.trim().split(/\s+/).map(bytesOf);
  return { usedBytes: usedBytes ?? null, freeBytes: freeBytes ?? null };
}

const bytesOf = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);
