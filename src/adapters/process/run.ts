import type { Readable } from "node:stream";
import { execa } from "execa";
import { collectUpTo, splitLines } from "./output.js";
import { terminateGroup } from "./terminate.js";

/** Default limit of what is kept of each of stdout and stderr. */
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
const KILL_DELAY_MS = 5_000;
/** How long streams must be quiet after the child's end: a process that left the group may hold them for ever. */
const STREAM_GRACE_MS = 1_000;

export interface RunRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** Absent = /dev/null. A stream is piped and closed. */
  readonly stdin?: string | Uint8Array | Readable;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Per stream. */
  readonly maxOutputBytes?: number;
  readonly killDelayMs?: number;
  /** Each line without its end, as it comes. Not escaped. */
  readonly onLine?: ((line: string, stream: "stdout" | "stderr") => void) | undefined;
  /** Chunks of stdout as they come; then stdout is not kept in the outcome. */
  readonly onStdout?: ((chunk: Uint8Array) => void) | undefined;
  /** The one place that reads a failure: the error to throw, or null where this outcome is a success. */
  readonly classify: (outcome: RunOutcome) => Error | null;
}

/** Success and failure have the same shape. */
export interface RunOutcome {
  readonly argv: readonly string[];
  /** null where a signal ended it or it never started. */
  readonly exitCode: number | null;
  readonly signalName: string | null;
  /** Why it never started (`ENOENT` …), else null. */
  readonly startError: string | null;
  readonly isTimedOut: boolean;
  readonly isAborted: boolean;
  readonly stdout: string;
  readonly stdoutBytes: Uint8Array;
  readonly stderr: string;
  /** True where stdout or stderr was larger than the limit. */
  readonly isCut: boolean;
  readonly elapsedMs: number;
  /** The limit it was given. */
  readonly timeoutMs: number;
}

/** Default classifier part: true where the child ran to its own end with exit code 0. */
export function isSuccess(outcome: RunOutcome): boolean {
  return outcome.exitCode === 0 && !outcome.isTimedOut && !outcome.isAborted;
}

/**
 * Runs one child to its end: in its own process group (the terminal's Ctrl-C does not reach it), with a time limit and
 * capped output.
 *
 * Errors: what `classify` returns; the signal's own reason where the caller aborted.
 */
export async function run(request: RunRequest): Promise<RunOutcome> {
  request.signal?.throwIfAborted();
  const outcome = await runToEnd(request);
  if (outcome.isAborted) request.signal?.throwIfAborted();
  const error = request.classify(outcome);
  if (error !== null) throw error;
  return outcome;
}

function spawn(request: RunRequest) {
  const options = {
    cwd: request.cwd,
    env: { ...request.env },
    extendEnv: false,
    detached: true,
    cleanup: false,
    reject: false,
    buffer: false,
    stdout: "pipe",
    stderr: "pipe",
  } as const;
  return request.stdin === undefined
    ? execa(request.command, [...request.args], { ...options, stdin: "ignore" })
    : execa(request.command, [...request.args], { ...options, input: request.stdin });
}

async function runToEnd(request: RunRequest): Promise<RunOutcome> {
  const maxBytes = request.maxOutputBytes ?? MAX_OUTPUT_BYTES;
  const child = spawn(request);
  const streams = (["stdout", "stderr"] as const).map((name) => {
    const kept = collectUpTo(maxBytes);
    const { onLine, onStdout } = request;
    const lines = onLine === undefined ? null : splitLines((line) => onLine(line, name));
    let bytes = 0;
    child[name].on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (name === "stdout" && onStdout !== undefined) onStdout(chunk);
      else kept.add(chunk);
      lines?.add(chunk);
    });
    // A stream that we destroy below would otherwise report a premature close as an unhandled error.
    child[name].on("error", () => {});
    return { kept, lines, seenBytes: () => bytes };
  });
  const watch = watchLimits(child.pid, request);
  child.nodeChildProcess.once("exit", () => closeWhenQuiet([child.stdout, child.stderr], streams));

  const result = await child;
  const limits = watch.end();
  for (const { lines } of streams) lines?.end();
  const [out, err] = streams.map(({ kept }) => kept);
  const stdoutBytes = out?.bytes() ?? new Uint8Array();
  return {
    argv: [request.command, ...request.args],
    exitCode: result.exitCode ?? null,
    signalName: result.signal ?? null,
    startError: child.pid === undefined ? (result.code ?? "unknown") : null,
    ...limits,
    stdout: Buffer.from(stdoutBytes).toString("utf8"),
    stdoutBytes,
    stderr: Buffer.from(err?.bytes() ?? []).toString("utf8"),
    isCut: streams.some(({ kept }) => kept.isCut()),
    elapsedMs: Math.round(result.durationMs),
    timeoutMs: request.timeoutMs,
  };
}

interface Watched {
  readonly seenBytes: () => number;
}

/**
 * After the child's end, closes streams that somebody else holds open, once nothing more comes from them. Streams that
 * end by themselves are long closed by then.
 */
function closeWhenQuiet(streams: readonly Readable[], watched: readonly Watched[]): void {
  const seen = (): number => watched.reduce((sum, { seenBytes }) => sum + seenBytes(), 0);
  let before = seen();
  const check = (): void => {
    // In the next round of the event loop: what waits in the pipes is read before.
    setImmediate(() => {
      const now = seen();
      if (now === before) {
        for (const stream of streams) stream.destroy();
        return;
      }
      before = now;
      setTimeout(check, STREAM_GRACE_MS).unref();
    });
  };
  setTimeout(check, STREAM_GRACE_MS).unref();
}

interface Limits {
  readonly isTimedOut: boolean;
  readonly isAborted: boolean;
}

/** Ends the group when the time is up or the signal says so; `end` tells which of them it was and cleans up. */
function watchLimits(pid: number | undefined, request: RunRequest): { end(): Limits } {
  let reached: "time" | "signal" | null = null;
  let callOff: (() => void) | null = null;
  const stop = (why: "time" | "signal"): void => {
    if (reached !== null || pid === undefined) return;
    reached = why;
    callOff = terminateGroup(pid, request.killDelayMs ?? KILL_DELAY_MS);
  };
  const timer = setTimeout(() => stop("time"), request.timeoutMs);
  const onAbort = (): void => stop("signal");
  request.signal?.addEventListener("abort", onAbort, { once: true });
  return {
    end() {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", onAbort);
      callOff?.();
      return { isTimedOut: reached === "time", isAborted: reached === "signal" };
    },
  };
}
