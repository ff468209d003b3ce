import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { LimaformEvent } from "../../src/events/event.js";

/** The launcher, as a user types it. */
export const LIMAFORM = fileURLToPath(new URL("../../bin/limaform", import.meta.url));

export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A limaform that runs, in a process group of its own as under a terminal. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** To the whole group, as Ctrl-C at a terminal. */
  signalGroup(signal: NodeJS.Signals): void;
  /** To limaform alone. */
  signal(signal: NodeJS.Signals): void;
}

export function startLimaform(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Running {
  const child = spawn(LIMAFORM, argv, { ...options, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${LIMAFORM}`);
  return {
    pid,
    ended: endOf(child),
    signalGroup: (signal) => void process.kill(-pid, signal),
    signal: (signal) => void process.kill(pid, signal),
  };
}

function endOf(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** The events that a limaform has written so far; a line that is still being written is left out. */
export function eventsIn(file: string): readonly LimaformEvent[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return whole.map((line) => JSON.parse(line) as LimaformEvent);
}

/** Looks again until `condition` holds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 120_000) {
  const endMs = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
