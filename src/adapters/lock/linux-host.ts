import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { sha256Hex } from "../../util/digest.js";
import { ifThere } from "../store/files.js";
import { errnoOf } from "../store/store-errors.js";
import type { Host, ProcessReading } from "./identity.js";

/* Facts of a Linux host from /proc; see proc(5). */

export const linuxHost: Host = {
  async identify() {
    const machine = (await ifThere(readFile("/etc/machine-id", "utf8")))?.trim() || hostname();
    const own = await readProcess(process.pid);
    return {
      host: hostname(),
      // machine-id(5) asks not to show the id itself.
      hostId: sha256Hex(`limaform\0${machine}`).slice(0, 16),
      bootId: (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim(),
      pidSpace: await readlink("/proc/self/ns/pid"),
      pid: process.pid,
      processStart: own.kind === "running" ? own.start : "",
    };
  },
  readProcess,
};

async function readProcess(pid: number): Promise<ProcessReading> {
  const stat = await readStat(pid);
  if (stat !== null) return parseStat(stat);
  // Where /proc hides other users' processes (hidepid), only a signal tells whether there is one.
  return isSignalled(pid) ? { kind: "unknown" } : { kind: "gone" };
}

/**
 * The 22nd field is the start in clock ticks since boot. The 2nd, the program's name in brackets, may hold anything.
 * A zombie holds nothing any more.
 */
export function parseStat(stat: string): ProcessReading {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [processState, start] = [fields[0], fields[22 - 3]];
  if (processState === "Z" || processState === "X") return { kind: "gone" };
  return start === undefined ? { kind: "unknown" } : { kind: "running", start };
}

async function readStat(pid: number): Promise<string | null> {
  try {
    return await ifThere(readFile(`/proc/${pid}/stat`, "utf8"));
  } catch (error) {
    // The process ended between opening and reading.
    if (errnoOf(error) === "ESRCH") return null;
    throw error;
  }
}

function isSignalled(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errnoOf(error) !== "ESRCH";
  }
}
