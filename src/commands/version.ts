import type { VersionFacts } from "../app/app.js";
import { EXIT, LimaformError } from "../errors/errors.js";
import { VERSION } from "../util/version.js";
import { LimaformCommand } from "./base.js";
import { versionLine } from "./version-line.js";

export default class VersionCommand extends LimaformCommand {
  static override readonly group = "limaform";
  static override summary = "Print the versions of limaform and what it stands on.";
  static override description =
    "Plain it answers at once with limaform's own version; with --verbose or --json it also asks for the versions of Lima and the tools.";
  static override readonly teaches = [{ text: "For a report", command: "limaform version --verbose" }];

  override async run(): Promise<number> {
    const { flags } = await this.parse(VersionCommand);
    if (!flags.verbose && !flags.json) {
      this.io.stdout.write(`${versionLine()}\n`);
      return EXIT.done;
    }
    const session = await this.open(flags);
    const versions = await session.app.version().catch(withoutLima);
    session.print({ ...versions, format: "limaform.version", version: 1 }, () =>
      [versionLine(), ...Object.entries(versions).map(([name, value]) => `${name}: ${String(value)}`), ""].join("\n"),
    );
    return EXIT.done;
  }
}

/** A report is wanted most where something does not work. */
function withoutLima(error: unknown): VersionFacts {
  if (!(error instanceof LimaformError)) throw error;
  return { limaform: VERSION, problem: `${error.message} [${error.code}]` };
}
