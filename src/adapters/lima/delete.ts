import { lstat, readdir, realpath, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import type { CallOptions } from "../../ports/instances.js";
import { awaitEnd } from "./await-end.js";
import { orIfAbsent } from "./fs-errors.js";
import type { Limactl } from "./limactl.js";
import { assertInstanceName, isInstanceEntry } from "./names.js";
import { dropForeignPidFiles, endStrays, limactlAtWork } from "./ownership.js";
import type { WriterContext } from "./writer.js";

const LIMIT_MS = 120_000;

/** Deletes an instance with its processes; absent = success. A folder without `lima.yaml` is removed by ourselves. */
export async function deleteInstance(context: WriterContext, name: string, options: CallOptions): Promise<void> {
  assertInstanceName(name);
  const dir = join(context.home, name);
  if ((await orIfAbsent(lstat(dir), null)) === null) return;
  if (!(await hasConfig(dir))) {
    await removeBareFolder(context.home, name);
    return;
  }
  await dropForeignPidFiles(dir);
  const own = await endStrays(dir);
  await callDelete(context.limactl, name, options.signal, options.timeoutMs);
  await awaitEnd(own, options.signal);
  if ((await orIfAbsent(lstat(dir), null)) === null) return;
  throw new LimaError("LIMA_FAILED", `limactl deleted ${name}, but its folder is still there: ${dir}`, {
    hint: "Another program may be writing there. Run the same command again.",
  });
}

export interface FailedClone {
  readonly home: string;
  readonly limactl: Limactl;
  readonly name: string;
  readonly error: unknown;
  readonly signal: AbortSignal;
}

/**
 * Removes what a failed clone of ours left: Lima copies first and edits afterwards, so that a failure at any point
 * leaves a folder. Its target did not exist before the call; a name that somebody else took meanwhile is left alone.
 *
 * Never throws in place of the clone's own error; what stays is recognised by the next observation.
 */
export async function cleanUpClone(clone: FailedClone): Promise<void> {
  const { home, limactl, name, error } = clone;
  if (error instanceof LimaError && error.code === "LIMA_EXISTS") return;
  // Interrupted for good: the journal's open line lets the next apply clean up.
  if (clone.signal.aborted) return;
  try {
    const dir = join(home, name);
    if ((await orIfAbsent(lstat(dir), null)) === null) return;
    if (await hasConfig(dir)) await callDelete(limactl, name, clone.signal, LIMIT_MS);
    else await removeBareFolder(home, name);
  } catch (cleanUpError) {
    if (!(cleanUpError instanceof Error)) throw cleanUpError;
  }
}

async function callDelete(limactl: Limactl, name: string, signal: AbortSignal, timeoutMs: number): Promise<void> {
  await limactl.call({
    action: `delete ${name}`,
    instance: name,
    args: ["delete", "-f", name],
    kind: "change",
    timeoutMs: Math.max(timeoutMs, LIMIT_MS),
    signal,
  });
}

async function hasConfig(dir: string): Promise<boolean> {
  const names: readonly string[] = await orIfAbsent(readdir(dir), []);
  return names.includes("lima.yaml");
}

/**
 * Removes the folder of a cut-off clone. Only a direct sub-folder of the real LIMA_HOME, no link, and only while no
 * limactl works on it.
 *
 * Errors: LIMA_PARTIAL_DIR.
 */
async function removeBareFolder(home: string, name: string): Promise<void> {
  const dir = join(home, name);
  const refuse = (why: string, hint = `ls -la ${dir}`): LimaError =>
    new LimaError("LIMA_PARTIAL_DIR", `cannot remove ${dir}: ${why}`, { hint });
  const found = await lstat(dir);
  const real = await realpath(dir);
  if (!isInstanceEntry(name) || !found.isDirectory() || dirname(real) !== (await realpath(home))) {
    throw refuse("it is no plain folder of LIMA_HOME");
  }
  const busy = await limactlAtWork(home, name);
  if (busy !== null) {
    const hint = `Wait until it has ended, then run the same command again. To see it: ps -p ${busy.pid}`;
    throw refuse(`a limactl is at work on it (process ${busy.pid})`, hint);
  }
  await rm(real, { recursive: true, force: true });
}
