import { Command } from "@oclif/core/command";
import { Config } from "@oclif/core/config";
import type { ArgInput, FlagInput, Input, OutputArgs, OutputFlags, ParserOutput } from "@oclif/core/interfaces";
import { toErrorDocument } from "../events/error-document.js";
import type { Json } from "../util/json.js";
import { VERSION } from "../util/version.js";
import { renderJson } from "../views/json.js";
import { type Paint, paintFor } from "../views/paint.js";
import type { LimaformDocument } from "./documents.js";
import { GLOBAL_FLAGS } from "./flags.js";
import { reportError } from "./report-error.js";
import type { Runtime, StopSignal } from "./runtime.js";
import { type Globals, interrupted, openSession, type Session } from "./session.js";
import { toUsageError } from "./usage.js";
import { errorExitCode, signalExitCode } from "./verdicts.js";

export interface Example {
  readonly text: string;
  readonly command: string;
}

/**
 * What oclif's commands need of its configuration. It is not loaded: that would look for plugins, their hooks and the user's
 * theme, of which there are none here, and take 2 ms of each start.
 */
class FixedConfig extends Config {
  override name = "limaform";
  override bin = "limaform";
  override version = VERSION;

  override async runHook() {
    return { successes: [], failures: [] };
  }
}

/** Base of all commands: global flags, the session, signals, and errors as text or as one JSON document. */
export abstract class LimaformCommand extends Command {
  static override baseFlags = GLOBAL_FLAGS;
  /** Title under which the root help lists it. */
  static readonly group: string = "";
  /** What may follow `--`, for the help; it is kept as typed. Null where nothing may. */
  static readonly afterDashes: "COMMAND" | "PATHS" | null = null;
  static readonly teaches: readonly Example[] = [];

  /** What followed `--`; null without one. */
  protected commandLine: readonly string[] | null = null;
  protected commands: CommandMap = {};
  private runtime: Runtime | null = null;
  private session: Session | null = null;
  private failure: number | null = null;
  private readonly signals: StopSignal[] = [];
  private readonly aborter = new AbortController();

  /** Returns the exit code. */
  abstract override run(): Promise<number>;

  /** Runs the command on a process (or on a test's stand-in for one). Never throws: errors are shown and give the code. */
  async execute(runtime: Runtime, commands: CommandMap): Promise<number> {
    this.runtime = runtime;
    this.commands = commands;
    const forget = runtime.onSignal((signal) => this.onSignal(signal));
    try {
      const code = await this._run<number | undefined>();
      return await this.close(this.failure ?? code ?? 0);
    } finally {
      forget();
    }
  }

  protected override async parse<
    F extends OutputFlags<FlagInput>,
    B extends OutputFlags<FlagInput>,
    A extends OutputArgs<ArgInput>,
  >(options?: Input<F, B, A>): Promise<ParserOutput<F, B, A>> {
    const type = this.constructor as typeof LimaformCommand;
    const cut = type.afterDashes !== null ? this.argv.indexOf("--") : -1;
    const argv = cut === -1 ? this.argv : this.argv.slice(0, cut);
    this.commandLine = cut === -1 ? null : this.argv.slice(cut + 1);
    try {
      return await super.parse(options, argv);
    } catch (error) {
      const flags = Object.keys({ ...type.flags, ...GLOBAL_FLAGS }).map((name) => `--${name}`);
      throw toUsageError(error, { command: this.name, flags });
    }
  }

  /** Opens the use cases. `specFlags`: values of the spec that this command line sets. */
  protected async open(globals: Globals, specFlags: Readonly<Record<string, Json>> = {}): Promise<Session> {
    const request = { globals, command: this.name, specFlags };
    const stop = { first: () => this.signals[0] ?? null, aborted: this.aborter.signal };
    this.session = await openSession(this.io, request, stop);
    if (this.signals.length > 0) throw interrupted(stop.first());
    return this.session;
  }

  /** For commands without a session: the document with `--json`, else its text. */
  protected answer(globals: Pick<Globals, "json">, document: LimaformDocument, text: (paint: Paint) => string): void {
    this.io.stdout.write(globals.json ? renderJson(document) : text(paintFor(this.io.stdout)));
  }

  /** For commands that a signal must not end by itself: the child has the terminal. */
  protected ignoresKeyboard(): boolean {
    return false;
  }

  /** Name as typed, with spaces. */
  protected get name(): string {
    return (this.id ?? "").replaceAll(":", " ");
  }

  protected get io(): Runtime {
    if (this.runtime === null) throw new Error("a command runs through execute()");
    return this.runtime;
  }

  protected override async catch(error: Error): Promise<void> {
    // oclif warns about commands that end without a parse; here the parse itself may be what failed.
    this.parsed = true;
    this.failure = errorExitCode(error);
    reportError(this.io, error, this.argv, `limaform help ${this.name}`);
  }

  /** Closing belongs to the command: what fails there is shown, and the code says so where nothing else failed. */
  private async close(exitCode: number): Promise<number> {
    const { session } = this;
    this.session = null;
    try {
      await session?.close(exitCode);
      return exitCode;
    } catch (error) {
      this.io.stderr.write(`closing failed: ${toErrorDocument(error).message}\n`);
      return exitCode === 0 ? errorExitCode(error) : exitCode;
    }
  }

  private onSignal(signal: StopSignal): void {
    if (signal === "SIGINT" && this.ignoresKeyboard()) return;
    this.signals.push(signal);
    this.aborter.abort();
    if (this.signals.length > 2) this.io.exit(signalExitCode(this.signals[0] ?? null));
    else this.session?.app.interrupt(signal);
  }
}

/** All commands by name, each loaded when it is needed. Handed in, because the commands themselves are in it. */
export type CommandMap = Readonly<Record<string, () => Promise<{ readonly default: CommandClass }>>>;

/** A concrete command: what the map holds. */
export type CommandClass = (new (
  argv: string[],
  config: Config,
) => LimaformCommand) &
  Omit<typeof LimaformCommand, "prototype">;

/** Makes the command and runs it; returns the exit code. */
export async function runCommand(
  type: CommandClass,
  request: {
    readonly id: string;
    readonly argv: readonly string[];
    readonly runtime: Runtime;
    readonly commands: CommandMap;
  },
): Promise<number> {
  const config = new FixedConfig({ root: "/" });
  type.id = request.id;
  return new type([...request.argv], config).execute(request.runtime, request.commands);
}
