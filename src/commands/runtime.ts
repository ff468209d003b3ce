import { fstatSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { App, AppOptions } from "../app/app.js";
import { EXIT, StoreError } from "../errors/errors.js";
import type { Output, Ticker } from "../views/output.js";

/* The process as commands see it: streams, terminal, signals, time for drawing. The one file of this folder with effects. */

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

export interface Runtime {
  readonly stdout: Output;
  readonly stderr: Output;
  /** True where both stdin and stdout are terminals: only then may anything be asked. */
  readonly isInteractive: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ticker: Ticker;
  /** The typed line; null when the input ended or the signal came first. */
  ask(question: string, signal: AbortSignal): Promise<string | null>;
  openApp(options: AppOptions): Promise<App>;
  /** Returns the function that stops listening. */
  onSignal(listener: (signal: StopSignal) => void): () => void;
  /** Errors: STORE_EVENTS_FILE when the file cannot be written. */
  appendTo(file: string): (text: string) => void;
  /** Null where the file cannot be read: it is shown along, never needed. */
  readText(file: string): string | null;
  /** All of standard input; null where nothing is piped in and so nobody would ever end it. */
  readInput(): Promise<string | null>;
  /** Ends the process at once. For the third signal only. */
  exit(code: number): void;
}

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The real process. `isPlain` is `--no-color`, known before flags are parsed because errors of parsing are shown too. */
export function processRuntime(isPlain: boolean): Runtime {
  return {
    stdout: outputOf(process.stdout, isPlain),
    stderr: outputOf(process.stderr, isPlain),
    isInteractive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    get cwd() {
      return currentFolder();
    },
    env: process.env,
    ticker: { nowMs: () => performance.now(), every },
    ask,
    openApp: async (options) => (await import("../app/compose.js")).openApp(options),
    onSignal,
    appendTo,
    readText,
    readInput,
    exit: (code) => process.exit(code),
  };
}

/** Errors: STORE_NO_FOLDER: it was removed since, as a temporary checkout is. */
function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const why = code === "ENOENT" ? "it was removed" : "it cannot be found out";
    throw new StoreError("STORE_NO_FOLDER", `the folder that this was typed in is gone: ${why} (${code})`, {
      hint: "go to one that is there, such as the repository's, and type it again: cd FOLDER",
      cause: error,
    });
  }
}

/** A pipe or a file; what else it may be (/dev/null of a service, a socket) was not meant as input. */
async function readInput(): Promise<string | null> {
  const facts = fstatSync(0);
  if (!facts.isFIFO() && !facts.isFile()) return null;
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString("utf8");
}

function outputOf(stream: NodeJS.WriteStream, isPlain: boolean): Output {
  let isOpen = true;
  // A reader that closes the pipe (`limaform plan | head`) ends the output, never the work.
  const onError = (error: NodeJS.ErrnoException): void => {
    if (isOpen && error.code !== "EPIPE") lost(stream, error);
    isOpen = false;
  };
  stream.on("error", onError);
  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      if (!isOpen || !stream.writableNeedDrain) return resolve();
      stream.once("drain", resolve);
      stream.once("close", resolve);
      stream.once("error", () => resolve());
    });
  return {
    drained,
    writeBytes: (bytes) => {
      if (isOpen) stream.write(bytes);
      return drained();
    },
    write: (text) => {
      // oclif adds a listener of its own when it is loaded, and that one throws.
      for (const other of stream.listeners("error")) if (other !== onError) stream.off("error", other as () => void);
      if (isOpen) stream.write(text);
    },
    isTerminal: stream.isTTY === true,
    hasColour: hasColour(stream.isTTY === true, isPlain),
    columns: () => stream.columns || 100,
    rows: () => stream.rows || 24,
  };
}

/** What was to be printed cannot be (a full disk behind `>`): said where it still can be, and the exit code tells. */
function lost(stream: NodeJS.WriteStream, error: NodeJS.ErrnoException): void {
  process.once("exit", (code) => {
    if (code === 0) process.exitCode = EXIT.failed;
  });
  if (stream === process.stderr) return;
  const why = error.code === "ENOSPC" ? "no space is left where it goes" : "it is refused";
  process.stderr.write(`Error: the output cannot be written: ${why} (${error.code}) [STORE_WRITE]\n  → df -h\n`);
}

/** `--no-color`, then NO_COLOR, then FORCE_COLOR, then the terminal decides. */
function hasColour(isTerminal: boolean, isPlain: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (isPlain || (NO_COLOR ?? "") !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && TERM !== "dumb";
}

function every(ms: number, call: () => void): () => void {
  const timer = setInterval(call, ms);
  timer.unref();
  return () => clearInterval(timer);
}

async function ask(question: string, signal: AbortSignal): Promise<string | null> {
  // Few commands ask; the others do not load it.
  const { createInterface } = await import("node:readline/promises");
  // Not `terminal: true`: in raw mode Ctrl-C would be a key of readline's instead of a signal to us.
  const lines = createInterface({ input: process.stdin, output: process.stderr, terminal: false });
  const ended = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
  const stop = () => lines.close();
  signal.addEventListener("abort", stop, { once: true });
  const answer = lines.question(question, { signal }).catch((error: unknown) => {
    if (signal.aborted) return null;
    throw error;
  });
  const line = await Promise.race([answer, ended]);
  signal.removeEventListener("abort", stop);
  lines.close();
  process.stdin.unref?.();
  return line;
}

function onSignal(listener: (signal: StopSignal) => void): () => void {
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}

function appendTo(file: string): (text: string) => void {
  try {
    const descriptor = openSync(file, "w", 0o644);
    let isOpen = true;
    return (text) => {
      if (isOpen) isOpen = writeOrWarn(descriptor, text, file);
    };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    const why =
      code === "ENOENT" ? "its folder does not exist" : code === "EISDIR" ? "it is a folder" : "it is refused";
    const hint = `Name a file in a folder that you may write to. To see the folder: ls -ld ${dirname(file)}`;
    const message = `The file for events, ${file}, cannot be written: ${why} (${code})`;
    throw new StoreError("STORE_EVENTS_FILE", message, { hint, cause: error });
  }
}

/** Events are beside the work: a disk that fills must not end it. */
function writeOrWarn(descriptor: number, text: string, file: string): boolean {
  try {
    writeSync(descriptor, text);
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    process.stderr.write(`warning: ${file} holds no further events: it cannot be written (${String(error.code)})\n`);
    return false;
  }
}

function readText(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
