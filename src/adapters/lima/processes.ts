import { readdir, readFile } from "node:fs/promises";
import { isSuccess, run } from "../process/run.js";
import { orIfAbsent } from "./fs-errors.js";

const PS_LIMIT_MS = 10_000;

export interface ProcessInfo {
  readonly pid: number;
  /** Arguments, on macOS split at blanks. */
  readonly argv: readonly string[];
}

/**
 * A live process; null for one that is gone or only a zombie.
 *
 * Effects: reads /proc on Linux, calls `ps` elsewhere.
 */
export async function findProcess(pid: number): Promise<ProcessInfo | null> {
  if (process.platform === "linux") return fromProc(pid);
  return (await fromPs(["-p", String(pid)]))[0] ?? null;
}

/** All live processes of this host that we may see. */
export async function listProcesses(): Promise<readonly ProcessInfo[]> {
  if (process.platform !== "linux") return fromPs(["-ax"]);
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map(fromProc));
  return found.filter((info) => info !== null);
}

async function fromProc(pid: number): Promise<ProcessInfo | null> {
  const stat = await readProc(`/proc/${pid}/stat`);
  const commandLine = await readProc(`/proc/${pid}/cmdline`);
  if (stat === null || commandLine === null) return null;
  // The name in parentheses may hold anything; the state follows the last one.
  const state = stat.slice(stat.lastIndexOf(")") + 2)[0];
  if (state === "Z" || state === "X") return null;
  return { pid, argv: commandLine.split("\0").filter((word) => word !== "") };
}

/** A variable of a process of ours; null where it has none, or its environment cannot be read (macOS, other users). */
export async function environmentValue(pid: number, name: string): Promise<string | null> {
  if (process.platform !== "linux") return null;
  try {
    const variables = ((await readProc(`/proc/${pid}/environ`)) ?? "").split("\0");
    return variables.find((variable) => variable.startsWith(`${name}=`))?.slice(name.length + 1) ?? null;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM")) return null;
    throw error;
  }
}

/** A process may end while it is read: ESRCH, or an empty answer. */
async function readProc(path: string): Promise<string | null> {
  try {
    return await orIfAbsent(readFile(path, "utf8"), null);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return null;
    throw error;
  }
}

async function fromPs(selection: readonly string[]): Promise<readonly ProcessInfo[]> {
  const outcome = await run({
    command: "ps",
    args: ["-ww", "-o", "pid=,stat=,command=", ...selection],
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C" },
    timeoutMs: PS_LIMIT_MS,
    // `ps` ends with 1 where nothing matches.
    classify: (result) => (isSuccess(result) || result.exitCode === 1 ? null : new Error("ps failed")),
  });
  return outcome.stdout.split("\n").flatMap((line) => {
    const [, pid, stat, command] = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line) ?? [];
    if (pid === undefined || stat === undefined || command === undefined || stat.startsWith("Z")) return [];
    return [{ pid: Number(pid), argv: command.split(" ").filter((word) => word !== "") }];
  });
}
