import type { App } from "../app/app.js";
import { InterruptedError } from "../errors/errors.js";
import type { LimaformEvent } from "../events/event.js";
import type { Json } from "../util/json.js";
import { liveProgress } from "../views/human/live-progress.js";
import { type ProgressView, plainProgress } from "../views/human/plain-progress.js";
import { renderJson } from "../views/json.js";
import { renderEventLine } from "../views/ndjson.js";
import { type Paint, paintFor } from "../views/paint.js";
import type { LimaformDocument } from "./documents.js";
import { durationFlag } from "./flags.js";
import type { Runtime, StopSignal } from "./runtime.js";
import { signalExitCode } from "./verdicts.js";

/** Values of the global flags. */
export interface Globals {
  readonly config?: string | undefined;
  readonly project?: string | undefined;
  readonly json: boolean;
  readonly events?: string | undefined;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
  readonly "lock-timeout": string;
}

/** A command's hands while it works: the use cases, the flags that all share, and where to print. */
export interface Session {
  readonly app: App;
  readonly runtime: Runtime;
  readonly globals: Globals;
  /** The command's name, for headers. */
  readonly command: string;
  /** The result: the document with `--json`, else its text. */
  print(document: LimaformDocument, text: (paint: Paint) => string): void;
  /** Text of the result only: nothing with `--json`. */
  show(text: (paint: Paint) => string): void;
  /** Beside the result, on stderr. */
  remark(text: string): void;
  /** Only a typed `yes` is yes. Errors: INTERRUPTED. */
  confirm(question: string): Promise<boolean>;
  /** The first signal that came; null while none did. */
  signal(): StopSignal | null;
  /** With the code that the process will exit with. */
  close(exitCode: number): Promise<void>;
}

/** Signals that have come so far. A question waits with `aborted`. */
export interface Stop {
  readonly first: () => StopSignal | null;
  readonly aborted: AbortSignal;
}

export async function openSession(
  runtime: Runtime,
  request: { readonly globals: Globals; readonly command: string; readonly specFlags: Readonly<Record<string, Json>> },
  stop: Stop,
): Promise<Session> {
  const { globals, command } = request;
  const append = globals.events === undefined ? null : runtime.appendTo(globals.events);
  const view = progressView(runtime, globals);
  const onEvent = (event: LimaformEvent): void => {
    append?.(renderEventLine(event));
    view.onEvent(event);
  };
  const app = await runtime.openApp({
    command,
    cwd: runtime.cwd,
    config: globals.config ?? null,
    project: globals.project ?? null,
    lockTimeoutMs: durationFlag("--lock-timeout", globals["lock-timeout"]),
    specFlags: request.specFlags,
    env: runtime.env,
    onEvent,
    isInteractive: runtime.isInteractive,
  });
  const write = (text: string): void => {
    view.clear();
    runtime.stdout.write(text);
  };
  const show = (text: (paint: Paint) => string): void => {
    if (!globals.json) write(text(paintFor(runtime.stdout)));
  };
  return {
    app,
    runtime,
    globals,
    command,
    show,
    print: (document, text) => (globals.json ? write(renderJson(document)) : show(text)),
    remark: (text) => runtime.stderr.write(`${text}\n`),
    confirm: async (question) => {
      const answer = await runtime.ask(question, stop.aborted);
      if (stop.aborted.aborted) throw interrupted(stop.first());
      return answer?.trim() === "yes";
    },
    signal: stop.first,
    close: async (exitCode) => {
      await app.close({ exitCode });
      view.close();
    },
  };
}

export function interrupted(signal: StopSignal | null): InterruptedError {
  return new InterruptedError("Interrupted before anything was changed.", signalExitCode(signal));
}

function progressView(runtime: Runtime, globals: Globals): ProgressView {
  const detail = globals.quiet ? "quiet" : globals.verbose ? "verbose" : "normal";
  const isLive = runtime.stderr.isTerminal && runtime.stderr.hasColour && !globals.json;
  return isLive ? liveProgress(runtime.stderr, runtime.ticker, detail) : plainProgress(runtime.stderr, detail);
}
