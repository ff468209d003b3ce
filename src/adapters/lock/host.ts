import { run } from "../process/run.js";
import { createDarwinHost, type RunTool } from "./darwin-host.js";
import type { Host } from "./identity.js";
import { linuxHost } from "./linux-host.js";

const TOOL_LIMIT_MS = 10_000;

/** The host that this process runs on. */
export function thisHost(): Host {
  return process.platform === "darwin" ? createDarwinHost(runTool, process.pid) : linuxHost;
}

const runTool: RunTool = async ([command = "", ...args]) =>
  run({
    command,
    args,
    cwd: "/",
    env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin:/usr/sbin:/sbin" },
    timeoutMs: TOOL_LIMIT_MS,
    // The exit code is part of the answer.
    classify: ({ startError }) => (startError === null ? null : new Error(`${command} cannot be run: ${startError}`)),
  });
