import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import { EXIT, InterruptedError, UsageError } from "../errors/errors.js";
import { LimaformCommand } from "./base.js";
import { reportError } from "./report-error.js";

export default class ShellCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override readonly afterDashes = "COMMAND";
  static override summary = "Open a shell in a worker, or run one command there.";
  static override description =
    "Begins in the repository's folder. The exit code of a command is passed through; 125 means that limaform failed before the command began. What a worker prints here reaches your terminal as it is.";
  static override readonly teaches = [
    { text: "A shell in worker 1", command: "limaform shell" },
    { text: "One command in worker 2", command: "limaform shell 2 -- git status" },
  ];
  static override args = {
    worker: stringArgument({ ignoreStdin: true, description: "Slot or instance name. Default: 1." }),
  };
  static override flags = {
    command: string({ helpValue: "TEXT", summary: "A line for the worker's shell instead of `-- COMMAND`." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ShellCommand);
    if (flags.json) {
      throw new UsageError("USAGE_JSON_WITH_SHELL", "shell has no JSON: its output is the worker's.", {
        hint: "limaform run --json -- COMMAND",
      });
    }
    if (flags.command !== undefined && this.commandLine !== null) {
      throw new UsageError("USAGE_TWO_COMMANDS", "Give the command either after -- or with --command, not both.");
    }
    const argv = flags.command === undefined ? (this.commandLine ?? []) : ["sh", "-c", flags.command];
    try {
      const session = await this.open(flags);
      return await session.app.shell(args.worker ?? "1", argv);
    } catch (error) {
      if (error instanceof InterruptedError || error instanceof UsageError) throw error;
      reportError(this.io, error, []);
      return EXIT.shellFailedBefore;
    }
  }

  /** Ctrl-C is for the program in the worker. */
  protected override ignoresKeyboard(): boolean {
    return true;
  }
}
