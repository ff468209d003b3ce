import { readdir, realpath, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { readPlainFile } from "../host/plain-file.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";
import { environmentValue, findProcess, listProcesses, type ProcessInfo } from "./processes.js";

/** A process that a pid file of an instance names. */
export interface InstanceProcess {
  readonly file: string;
  readonly pid: number;
  /** False where the pid belongs to something else by now (it was given away again, after a reboot for one). */
  readonly isOurs: boolean;
}

/**
 * The live processes that the pid files of an instance name, each with the proof from its command line.
 *
 * Source: reference/lima.md §11, recovery matrix; §12.15.
 */
export async function instanceProcesses(dir: string): Promise<readonly InstanceProcess[]> {
  const files = (await orIfAbsent(readdir(dir), [])).filter((name) => name.endsWith(".pid"));
  const found = await Promise.all(
    files.map(async (name) => {
      const text = (await readPlainFile(join(dir, name))) ?? "";
      const pid = /^\s*(\d{1,10})\s*$/.exec(text)?.[1];
      const info = pid === undefined ? null : await findProcess(Number(pid));
      return info === null ? [] : [{ file: join(dir, name), pid: info.pid, isOurs: belongsTo(info, dir) }];
    }),
  );
  return found.flat();
}

/**
 * A host agent is started with `--pidfile DIR/ha.pid`, QEMU with files of the folder: an argument of each names a path
 * inside it.
 */
export function belongsTo(info: ProcessInfo, dir: string): boolean {
  const mentions = info.argv.some((word) => word.includes(`${dir}/`));
  const isHostAgent = info.argv.includes("hostagent");
  const program = basename(info.argv[0] ?? "");
  return mentions && (isHostAgent || /^(qemu|krunkit|vz|lima-driver|limactl)/.test(program));
}

/** Removes pid files whose pid belongs to another program: `limactl stop -f` would kill that one. Returns their paths. */
export async function dropForeignPidFiles(dir: string): Promise<readonly string[]> {
  const foreign = (await instanceProcesses(dir)).filter(({ isOurs }) => !isOurs).map(({ file }) => file);
  await Promise.all(foreign.map((file) => rm(file, { force: true })));
  return foreign;
}

/**
 * Kills what belongs to the instance and is named by none of its pid files, which limactl would leave running. Returns
 * the ids of all its processes, for the wait until they are gone.
 */
export async function endStrays(dir: string): Promise<readonly number[]> {
  const strays = (await strayProcesses(dir)).map(({ pid }) => pid);
  for (const pid of strays) signal(pid);
  return [...(await instanceProcesses(dir)).map(({ pid }) => pid), ...strays];
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // Gone since it was found.
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/**
 * Live processes of an instance that none of its pid files names: somebody removed the file, as Lima's own hint says.
 * limactl takes such an instance for stopped.
 */
export async function strayProcesses(dir: string): Promise<readonly ProcessInfo[]> {
  const named = new Set((await instanceProcesses(dir)).map(({ pid }) => pid));
  return (await listProcesses()).filter((info) => belongsTo(info, dir) && !named.has(info.pid));
}

const VERBS = new Set(["clone", "create", "rename", "start", "stop", "restart", "edit", "delete", "factory-reset"]);

/**
 * A limactl at work on the instance (a clone into it, a start of it); null when there is none. One that provably works
 * under another LIMA_HOME is about another instance of the same name; where its environment cannot be read it counts.
 */
export async function limactlAtWork(home: string, name: string): Promise<ProcessInfo | null> {
  const candidates = (await listProcesses()).filter(({ argv }) => {
    const isLimactl = argv.slice(0, 2).some((word) => basename(word) === "limactl");
    return isLimactl && argv.some((word) => VERBS.has(word)) && argv.includes(name);
  });
  for (const info of candidates) {
    const other = await environmentValue(info.pid, "LIMA_HOME");
    if (other === null || (await realLocation(other)) === home) return info;
  }
  return null;
}

async function realLocation(path: string): Promise<string> {
  return orIfAbsent(realpath(path), path);
}
