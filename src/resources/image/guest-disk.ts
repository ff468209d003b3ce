import type { Guest } from "../../ports/guest.js";

const LIMIT_MS = 5 * 60_000;
const SCRIPT = "sync; df -B1 --output=used,avail / | tail -n 1";

/** Units: bytes; null where the guest could not tell. */
export interface GuestDisk {
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

/** Writes out what the guest still holds in memory, so that a crash takes nothing of it, and looks at its root file system. */
export async function settleDisk(guest: Guest, instance: string, signal: AbortSignal): Promise<GuestDisk> {
  const { stdout } = await guest.exec(
    instance,
    { argv: ["sh", "-c", SCRIPT], asRoot: true },
    { signal, timeoutMs: LIMIT_MS },
  );
  const [usedBytes, freeBytes] = stdout.trim().split(/\s+/).map(bytesOf);
  return { usedBytes: usedBytes ?? null, freeBytes: freeBytes ?? null };
}

const bytesOf = (text: string): number | null => (/^\d{1,15}$/.test(text) ? Number(text) : null);
