import { dirname, isAbsolute, resolve } from "node:path";
import { LimaError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import { freeSpaceText } from "../host/free-space.js";
import { isSuccess, type RunOutcome, run } from "../process/run.js";
import { isFields, textAt } from "./fields.js";

const INFO_LIMIT_MS = 30_000;

export interface DiskInfo {
  /** `qcow2`, `raw` … */
  readonly format: string;
  readonly virtualBytes: number;
  /** As it stands in the file: relative ones are relative to the disk's folder. */
  readonly backing: string | null;
  /** Absolute. */
  readonly backingPath: string | null;
}

/**
 * Calls of qemu-img. Errors: LIMA_TOOL_MISSING, LIMA_DISK_FULL, LIMA_DISK_FAILED.
 */
export interface QemuImg {
  info(disk: string, signal?: AbortSignal): Promise<DiskInfo>;
  /** Makes a thin overlay; `backing` as it shall stand in the file. */
  createOverlay(
    overlay: string,
    backing: { readonly path: string; readonly format: string },
    signal: AbortSignal,
  ): Promise<void>;
  /** Changes only the name of the backing file in the header. */
  renameBacking(
    disk: string,
    backing: { readonly path: string; readonly format: string },
    signal: AbortSignal,
  ): Promise<void>;
}

export function createQemuImg(env: Readonly<Record<string, string | undefined>>): QemuImg {
  const call = (args: readonly string[], cwd: string, signal?: AbortSignal): Promise<RunOutcome> =>
    run({
      command: "qemu-img",
      args,
      cwd,
      env: { PATH: env.PATH ?? "/usr/bin:/bin", HOME: env.HOME ?? "/", LC_ALL: "C" },
      timeoutMs: INFO_LIMIT_MS,
      signal,
      classify: classifyQemuImg,
    });
  return {
    async info(disk, signal) {
      // -U: a running VM holds the image lock; only headers are read.
      const { stdout } = await call(["info", "-U", "--output=json", disk], dirname(disk), signal);
      return readInfo(disk, stdout);
    },
    async createOverlay(overlay, { path, format }, signal) {
      await call(["create", "-q", "-f", "qcow2", "-F", format, "-b", path, overlay], dirname(overlay), signal);
    },
    async renameBacking(disk, { path, format }, signal) {
      await call(["rebase", "-u", "-f", "qcow2", "-F", format, "-b", path, disk], dirname(disk), signal);
    },
  };
}

function readInfo(disk: string, json: string): DiskInfo {
  const value: unknown = JSON.parse(json);
  const size = isFields(value) ? value["virtual-size"] : null;
  if (!isFields(value) || typeof size !== "number") {
    throw new LimaError("LIMA_DISK_FAILED", `qemu-img does not say what ${disk} is`, { hint: `qemu-img info ${disk}` });
  }
  const backing = textAt(value, "backing-filename") || null;
  const plain = backing?.replace(/^file:/, "") ?? null;
  return {
    format: textAt(value, "format"),
    virtualBytes: size,
    backing,
    backingPath: plain === null ? null : isAbsolute(plain) ? plain : resolve(dirname(disk), plain),
  };
}

function classifyQemuImg(outcome: RunOutcome): LimaError | null {
  if (isSuccess(outcome)) return null;
  const action = outcome.argv[1] ?? "";
  const said = escapeLine(outcome.stderr.trim().split("\n").at(-1) ?? "").slice(0, 400);
  const details = { argv: [...outcome.argv], exitCode: outcome.exitCode, timedOut: outcome.isTimedOut, stderr: said };
  if (outcome.startError !== null) {
    return new LimaError("LIMA_TOOL_MISSING", "qemu-img is not installed, or not on the PATH", {
      hint: "Install QEMU's tools (Debian: qemu-utils, macOS: brew install qemu), then run the same command again.",
      details,
    });
  }
  const isFull = /no space left on device/i.test(outcome.stderr);
  const room = isFull ? `; ${freeSpaceText(outcome.argv.at(-1) ?? "/")}` : "";
  return new LimaError(isFull ? "LIMA_DISK_FULL" : "LIMA_DISK_FAILED", `qemu-img ${action} failed: ${said}${room}`, {
    hint: isFull ? "Make room, then run the same command again." : `qemu-img info ${outcome.argv.at(-1) ?? ""}`,
    details,
  });
}
