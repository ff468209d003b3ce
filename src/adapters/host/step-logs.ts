import { appendFile, mkdir, readdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "./files.js";

/** Logs of hooks and builds, one file a step, in the order the lines came. */
export interface StepLogs {
  write(step: string, line: string): void;
  /** Where the lines of a step are or will be. */
  fileOf(step: string): string;
  /** Files by step, after all lines are written. What could not be written is told once, and never fails a step. */
  close(): Promise<ReadonlyMap<string, string>>;
}

const KEPT_RUNS = 20;

/** Effects: files under `<root>/logs/<run>/`; the oldest runs' logs go when there are more than 20. */
export function createStepLogs(root: string, run: string, warn: (text: string) => void): StepLogs {
  const files = new Map<string, string>();
  let writing: Promise<void> = Promise.resolve();
  let hasWarned = false;
  const fileOf = (step: string): string => join(root, "logs", run, `${step.replace(/[^A-Za-z0-9.@_-]+/g, "-")}.log`);
  return {
    fileOf,
    write(step, line) {
      const file = fileOf(step);
      files.set(step, file);
      writing = writing
        .then(async () => {
          await mkdir(dirname(file), { recursive: true, mode: 0o700 });
          await appendFile(file, `${line}\n`, { mode: 0o600 });
        })
        .catch((error: unknown) => {
          if (!hasWarned) warn(`the log ${file} could not be written: ${messageOf(error)}`);
          hasWarned = true;
        });
    },
    async close() {
      await writing;
      if (files.size > 0) await removeOldest(join(root, "logs"));
      return files;
    },
  };
}

async function removeOldest(folder: string): Promise<void> {
  const runs = (await readdir(folder)).sort();
  for (const run of runs.slice(0, -KEPT_RUNS)) await rm(join(folder, run), { recursive: true, force: true });
}
