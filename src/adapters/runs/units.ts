/* Effects: starts, looks at and ends transient systemd units in guests. */
import { BugError, RunError } from "../../errors/errors.js";
import type { Guest, GuestResult } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import type { Approach, RunStartRequest, RunTarget } from "../../ports/runs.js";
import { parseEvidence, type RunEvidence } from "../../runs/evidence.js";
import { checkRunId } from "../../runs/run-id.js";
import { escapeText } from "../../util/escape.js";
import { isTaskId, partKey } from "../../util/run-part.js";
import { MEMORY_FOLDER, openApproach } from "./approach.js";
import { CANCEL_SCRIPT, HOOK_LOGS_SCRIPT, MARK_SCRIPT, POLL_SCRIPT, START_SCRIPT } from "./scripts.js";
import { renderStartFiles, watchSeconds } from "./start-files.js";

/** Most bytes of one stream that one look brings along. */
export const POLL_BYTES = 1024 * 1024;

export interface Look {
  /** null: the answer was not of the agreed form, which is no evidence at all. */
  readonly evidence: RunEvidence | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** `waitMs`: how long the worker waits for a first byte or the end, where nothing was said yet, before it answers. */
export type LookOptions = CallOptions & { readonly waitMs?: number };

export interface RunUnits {
  /**
   * `through`: a session that waits for it; where that is over already, in one of its own. Returns what the worker saw of it
   * at once, null where that is nothing yet.
   */
  start(request: RunStartRequest, options: CallOptions, through?: Approach): Promise<RunEvidence | null>;
  approach(place: { readonly instance: string; readonly guestPath: string }, options: CallOptions): Approach;
  /** Offsets in bytes of what is known of the output. */
  look(target: RunTarget, offsets: { stdout: number; stderr: number }, options: LookOptions): Promise<Look>;
  cancel(target: RunTarget, options: CallOptions): Promise<void>;
  markCollected(target: RunTarget, options: CallOptions): Promise<void>;
  /** The end of what its hooks printed; empty where they printed nothing. */
  hookLogs(target: RunTarget, options: CallOptions): Promise<Readonly<Record<"pre_run" | "check", Buffer>>>;
}

/** Most that is kept of what a hook printed. Units: bytes. */
const HOOK_LOG_BYTES = 256 * 1024;

/** `runsFolder`: absolute path in the guest. */
export function createRunUnits(guest: Guest, runsFolder: string, memoryFolder: string = MEMORY_FOLDER): RunUnits {
  const call = (target: RunTarget, script: string, args: readonly string[], options: CallOptions & Extra) => {
    const argv = ["sh", "-c", script, "limaform", runsFolder, inGuest(target), ...args];
    const { stdin, maxOutputBytes, signal, timeoutMs } = options;
    return guest.exec(
      target.instance,
      { argv, ...(stdin === undefined ? {} : { stdin }) },
      { signal, timeoutMs, ...(maxOutputBytes === undefined ? {} : { maxOutputBytes }) },
    );
  };
  return {
    approach: (place, options) => openApproach(guest, { ...place, runsFolder, memoryFolder }, options),
    async start(request, options, through) {
      const limit = request.timeoutMs === null ? "" : String(Math.max(1, Math.ceil(request.timeoutMs / 1000)));
      const interval = String(watchSeconds(request.stuckAfterMs));
      const files = renderStartFiles(request, `${runsFolder}/${inGuest(request)}`);
      const given = await through?.give(`${inGuest(request)} ${limit || "-"} ${interval}\n${files}`);
      const result =
        given ?? (await call(request, START_SCRIPT, [memoryFolder, limit, interval], { ...options, stdin: files }));
      if (result.exitCode !== 0)
        throw failed("RUN_START_FAILED", `The run could not be started on ${request.instance}`, result);
      return parseEvidence(result.stdout.replace(/^started\n/u, ""));
    },
    async look(target, offsets, options) {
      const args = [offsets.stdout, offsets.stderr, POLL_BYTES, (options.waitMs ?? 0) / 1000].map(String);
      const result = await call(target, POLL_SCRIPT, args, { ...options, maxOutputBytes: 4 * POLL_BYTES });
      return result.exitCode === 0 && !result.isCut ? readLook(result.stdout) : NO_EVIDENCE;
    },
    async cancel(target, options) {
      const result = await call(target, CANCEL_SCRIPT, [], options);
      if (result.exitCode !== 0)
        throw failed("RUN_CANCEL_FAILED", `The run on ${target.instance} could not be ended`, result);
    },
    async markCollected(target, options) {
      const result = await call(target, MARK_SCRIPT, [], options);
      if (result.exitCode !== 0)
        throw failed("RUN_MARK_FAILED", `${target.instance} could not note the collection`, result);
    },
    async hookLogs(target, options) {
      const args = [String(HOOK_LOG_BYTES)];
      const result = await call(target, HOOK_LOGS_SCRIPT, args, { ...options, maxOutputBytes: 4 * HOOK_LOG_BYTES });
      const [, before = "", after = ""] =
        /^pre_run\n([A-Za-z0-9+/=\n]*)check\n([A-Za-z0-9+/=\n]*)\.\n?$/u.exec(result.stdout) ?? [];
      return { pre_run: decode(before), check: decode(after) };
    },
  };
}

/** Its name there becomes a part of paths and of the unit's name. */
function inGuest(target: RunTarget): string {
  checkRunId(target.run);
  if (target.task === undefined || isTaskId(target.task)) return partKey(target);
  throw new BugError(`not the id of a task: ${target.task}`);
}

interface Extra {
  readonly stdin?: string;
  readonly maxOutputBytes?: number;
}

const NO_EVIDENCE: Look = { evidence: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };

function readLook(text: string): Look {
  const [, lines, out, err] = /^([\s\S]*?\n)out\n([A-Za-z0-9+/=\n]*)err\n([A-Za-z0-9+/=\n]*)\.\n?$/u.exec(text) ?? [];
  if (lines === undefined || out === undefined || err === undefined) return NO_EVIDENCE;
  return { evidence: parseEvidence(lines), stdout: decode(out), stderr: decode(err) };
}

/** A hostile worker may send more than was asked for. */
function decode(base64: string): Buffer {
  return Buffer.from(base64.replaceAll("\n", ""), "base64").subarray(0, POLL_BYTES);
}

const MEANING: Readonly<Record<string, string>> = {
  no_systemd: "there is no systemd in the worker",
  folder: "its folder could not be made (is sudo allowed, is the disk full?)",
  unit: "systemd refused the unit",
  secret: "its secrets found no place in memory (is sudo allowed?)",
  no_perl: "there is no perl in the worker, which keeps secrets out of what it prints",
  protocol: "what was sent to it was cut off",
  no_run: "the worker knows nothing of it",
};

function failed(code: string, what: string, result: GuestResult): RunError {
  const word = /^limaform-error ([a-z_]+)$/mu.exec(result.stdout)?.[1] ?? "";
  const stderr = escapeText(result.stderr.trim().split("\n").slice(-5).join("\n")).slice(0, 1000);
  return new RunError(
    code,
    `${what}: ${MEANING[word] ?? `exit code ${result.exitCode}`}${stderr === "" ? "" : `\n${stderr}`}`,
    {
      hint: "Look at the worker: limaform shell",
      details: { exitCode: result.exitCode, word, stderr },
    },
  );
}
