/*
 * How long a program takes to an agent's first byte: on its own stdout, or in the file that limaform keeps of a run. Both are told
 * by the kernel (a pipe that can be read; inotify), and nothing here looks from time to time.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";

/** Seconds to the first byte on stdout; it is waited for to its end. */
export async function toFirstByteSaid(command, options) {
  const clock = start(command, options);
  clock.child.stdout.once("data", clock.note);
  return clock.end();
}

/** Seconds to the first byte of the output that is kept of the first worker of a new run, below the folder of runs. */
export async function toFirstByteKept(command, options, runs, slot = "1") {
  mkdirSync(runs, { recursive: true, mode: 0o700 });
  const before = new Set(readdirSync(runs));
  const watchers = new Map();
  const look = () => {
    // A folder is watched before it is looked into, so nothing in it is missed.
    for (const folder of [runs, ...pathTo(runs, before, slot)])
      if (!watchers.has(folder) && existsSync(folder)) watchers.set(folder, watch(folder, look));
    const output = pathTo(runs, before, slot).map((folder) => join(folder, "stdout.log"));
    if (output.some((file) => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) > 0)) clock.note();
  };
  watchers.set(runs, watch(runs, look));
  const clock = start(command, options);
  clock.child.stdout.resume();
  try {
    return await clock.end();
  } finally {
    for (const watcher of watchers.values()) watcher.close();
  }
}

/** The folders of a run that was not there before. */
function pathTo(runs, before, slot) {
  const run = readdirSync(runs).find((name) => !before.has(name));
  return run === undefined ? [] : [join(runs, run), join(runs, run, slot)];
}

function start([command, ...args], options) {
  const startedMs = performance.now();
  let seconds = null;
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  return {
    child,
    note() {
      seconds ??= (performance.now() - startedMs) / 1000;
    },
    async end() {
      const [code] = await once(child, "close");
      if (code === 0 && seconds !== null) return seconds;
      throw new Error(`${command} ${args.join(" ")} ended with ${code}, first byte: ${seconds}`);
    },
  };
}
