import { hostname } from "node:os";
import { sha256Hex } from "../../util/digest.js";
import type { Host, ProcessReading } from "./identity.js";

/** Runs a tool of the system with its time limit and gives what it printed. */
export type RunTool = (
  argv: readonly string[],
) => Promise<{ readonly exitCode: number | null; readonly stdout: string }>;

/* Facts of a macOS host from sysctl(8), ioreg(8) and ps(1). The tools must run with LC_ALL=C and TZ=UTC. */

export function createDarwinHost(runTool: RunTool, pid: number): Host {
  const readProcess = async (other: number): Promise<ProcessReading> =>
    parsePs(await runTool(["ps", "-o", "stat=,lstart=", "-p", String(other)]));
  return {
    async identify() {
      const platform = await runTool(["ioreg", "-rd1", "-c", "IOPlatformExpertDevice"]);
      const machine = /"IOPlatformUUID" = "([^"]+)"/.exec(platform.stdout)?.[1] ?? hostname();
      // Unlike kern.boottime it does not move when the clock is set.
      const boot = await runTool(["sysctl", "-n", "kern.bootsessionuuid"]);
      const own = await readProcess(pid);
      return {
        host: hostname(),
        hostId: sha256Hex(`limaform\0${machine}`).slice(0, 16),
        bootId: boot.stdout.trim(),
        pidSpace: "",
        pid,
        processStart: own.kind === "running" ? own.start : "",
      };
    },
    readProcess,
  };
}

/** `Ss   Sun Nov  1 10:00:00 2026`; nothing and exit 1 where there is no such process. */
export function parsePs({ exitCode, stdout }: Awaited<ReturnType<RunTool>>): ProcessReading {
  const [processState, ...start] = stdout.trim().split(/\s+/);
  if (exitCode === 1 && !processState) return { kind: "gone" };
  if (exitCode !== 0 || !processState || start.length === 0) return { kind: "unknown" };
  return processState.startsWith("Z") ? { kind: "gone" } : { kind: "running", start: start.join(" ") };
}
