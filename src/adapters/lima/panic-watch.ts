import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import { orIfAbsent } from "./fs-errors.js";
import { readTail } from "./tail.js";

const INTERVAL_MS = 3_000;
const TAIL_BYTES = 64 * 1024;
const PANIC = /^.*(Kernel panic - not syncing|PANIC: double fault).*$/m;

export interface PanicWatch {
  readonly dir: string;
  readonly name: string;
  readonly signal: AbortSignal;
  /** Only tests shorten it. */
  readonly intervalMs?: number;
}

/**
 * Runs a start and ends it early when the guest's console shows a kernel panic: limactl does not notice, and waits for
 * an answer over SSH until its time is up.
 *
 * Errors: LIMA_GUEST_PANIC (transient once the VM was stopped by force).
 */
export async function withPanicWatch<T>(watch: PanicWatch, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const panicked = new AbortController();
  // Logs of an earlier boot, or copied by a clone, stay until QEMU replaces them.
  const before = await consoles(watch.dir);
  const timer = setInterval(() => {
    void newPanic(watch.dir, before).then(
      (line) => {
        if (line !== null) panicked.abort(panicError(watch.name, line));
      },
      // A console that cannot be read only means that this watch is blind.
      () => {},
    );
  }, watch.intervalMs ?? INTERVAL_MS);
  try {
    return await start(AbortSignal.any([watch.signal, panicked.signal]));
  } finally {
    clearInterval(timer);
  }
}

function panicError(name: string, line: string): LimaError {
  return new LimaError("LIMA_GUEST_PANIC", `cannot start ${name}: its kernel panicked (${escapeLine(line.trim())})`, {
    hint: "Run the same command again: the VM was stopped and can be started anew.",
    isTransient: true,
  });
}

/** Serial logs by path, with what tells one version from another. */
async function consoles(dir: string): Promise<ReadonlyMap<string, string>> {
  const names: readonly string[] = await orIfAbsent(readdir(dir), []);
  const logs = names.filter((name) => /^serial.*\.log$/.test(name)).map((name) => join(dir, name));
  const versions = await Promise.all(
    logs.map(async (path) => {
      const found = await orIfAbsent(stat(path, { bigint: true }), null);
      return [path, found === null ? "" : `${found.ino}:${found.size}:${found.mtimeNs}`] as const;
    }),
  );
  return new Map(versions);
}

async function newPanic(dir: string, before: ReadonlyMap<string, string>): Promise<string | null> {
  for (const [path, version] of await consoles(dir)) {
    if (before.get(path) === version) continue;
    const line = PANIC.exec(await readTail(path, TAIL_BYTES))?.[0];
    if (line !== undefined) return line;
  }
  return null;
}
