import type { Readable } from "node:stream";
import { execa } from "execa";
import { type Collector, collectUpTo, splitLines } from "./output.js";
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
  /** Ends it as soon as a stream is over that limit: where cut output is worth nothing, waiting for more is too. */
  readonly endsWhenCut?: boolean;
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
  // execa refuses such a call by throwing; here it is an ending like that of any other call that cannot start.
  if ([request.command, ...request.args].some((text) => text.includes("\0"))) return refused(request);
  const child = spawn(request);
  const watch = watchLimits(child.pid, request);
  const out = watchStream(child.stdout, "stdout", request, watch.onCut);
  const err = watchStream(child.stderr, "stderr", request, watch.onCut);
  child.nodeChildProcess.once("exit", () => closeWhenQuiet([out, err]));

  const result = await child;
  const limits = watch.end();
  for (const { endLines } of [out, err]) endLines();
  const stdoutBytes = out.kept.bytes();
  return {
    argv: [request.command, ...request.args],
    exitCode: result.exitCode ?? null,
    signalName: result.signal ?? null,
    startError: child.pid === undefined ? (result.code ?? "unknown") : null,
    ...limits,
    stdout: Buffer.from(stdoutBytes).toString("utf8"),
    stdoutBytes,
    stderr: Buffer.from(err.kept.bytes()).toString("utf8"),
    isCut: out.kept.isCut() || err.kept.isCut(),
    elapsedMs: Math.round(result.durationMs),
    timeoutMs: request.timeoutMs,
  };
}

function refused({ command, args, timeoutMs }: RunRequest): RunOutcome {
  return {
    argv: [command, ...args],
    ...{ exitCode: null, signalName: null, startError: "ERR_INVALID_ARG_VALUE", isTimedOut: false, isAborted: false },
    ...{ stdout: "", stdoutBytes: new Uint8Array(), stderr: "", isCut: false, elapsedMs: 0, timeoutMs },
  };
}

interface WatchedStream {
  readonly kept: Collector;
  readonly seenBytes: () => number;
  readonly endLines: () => void;
  readonly destroy: () => void;
}

function watchStream(
  stream: Readable,
  name: "stdout" | "stderr",
  request: RunRequest,
  onCut: () => void,
): WatchedStream {
  const kept = collectUpTo(request.maxOutputBytes ?? MAX_OUTPUT_BYTES);
  const { onLine, onStdout } = request;
  const lines = onLine === undefined ? null : splitLines((line) => onLine(line, name));
  let bytes = 0;
  stream.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (name === "stdout" && onStdout !== undefined) onStdout(chunk);
    else kept.add(chunk);
    if (kept.isCut()) onCut();
    lines?.add(chunk);
  });
  // A stream that we destroy would otherwise report a premature close as an unhandled error.
  stream.on("error", () => {});
  return { kept, seenBytes: () => bytes, endLines: () => lines?.end(), destroy: () => stream.destroy() };
}

/**
 * After the child's end, closes streams that somebody else holds open, once nothing more comes from them. Streams that
 * end by themselves are long closed by then.
 */
function closeWhenQuiet(streams: readonly WatchedStream[]): void {
  const seen = (): number => streams.reduce((sum, { seenBytes }) => sum + seenBytes(), 0);
  let before = seen();
  const check = (): void => {
    // In the next round of the event loop: what waits in the pipes is read before.
    setImmediate(() => {
      const now = seen();
      if (now === before) {
        for (const { destroy } of streams) destroy();
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

/** Ends the group when a limit is reached or the signal says so; `end` tells which of them it was and cleans up. */
function watchLimits(pid: number | undefined, request: RunRequest): { readonly onCut: () => void; end(): Limits } {
  let reached: "time" | "signal" | "output" | null = null;
  let callOff: (() => void) | null = null;
  const stop = (why: "time" | "signal" | "output"): void => {
    if (reached !== null || pid === undefined) return;
    reached = why;
    callOff = terminateGroup(pid, request.killDelayMs ?? KILL_DELAY_MS);
  };
  const timer = setTimeout(() => stop("time"), request.timeoutMs);
  const onAbort = (): void => stop("signal");
  request.signal?.addEventListener("abort", onAbort, { once: true });
  return {
    onCut: () => {
      if (request.endsWhenCut === true) stop("output");
    },
    end() {
      clearTimeout(timer);
      request.signal?.removeEventListener("abort", onAbort);
      callOff?.();
      return { isTimedOut: reached === "time", isAborted: reached === "signal" };
    },
  };
}
