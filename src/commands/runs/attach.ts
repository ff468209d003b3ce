import { EXIT, UsageError } from "../../errors/errors.js";
import { renderRun } from "../../views/human/run.js";
import { LimaformCommand } from "../base.js";
import { toggle } from "../flags.js";
import { runExitCode } from "../verdicts.js";
import { runArgument } from "./run-argument.js";

export default class RunsAttachCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Take a run up again: follow it, collect it, go on with its tasks.";
  static override description =
    "For runs that were started with --detach, interrupted, or whose limaform was killed. What is live is followed, what ended is collected, and tasks that wait are begun; nothing is started twice. Output goes where run --output was to give it. Ctrl-C ends the following only. --raw prints the output of one part as it comes, escape codes included: only for output that you trust with your terminal.";
  static override readonly teaches = [
    { text: "Go on where the laptop was closed", command: "limaform runs attach 20260101-120000-a1b2" },
    { text: "The output as the command wrote it", command: "limaform runs attach --raw 20260101-120000-a1b2/1" },
  ];
  static override args = runArgument;
  static override flags = { raw: toggle({ summary: "Print the output of one part as it is, and nothing else." }) };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsAttachCommand);
    if (flags.json) {
      throw new UsageError("USAGE_FOLLOW_JSON", "runs attach has no JSON: it follows.", {
        hint: `use --events FILE, then: limaform runs show --json ${args.run}`,
      });
    }
    const session = await this.open(flags);
    if (flags.raw) {
      const onBytes = (bytes: Uint8Array) => this.io.stdout.writeBytes(bytes);
      const follow = { follow: true, tail: null, sinceMs: null, isRaw: true };
      await session.app.logs({ workers: [], run: args.run, ...follow, onBytes });
      return EXIT.done;
    }
    const document = await session.app.attachRun(args.run);
    session.print(document, (paint) => renderRun(document, paint));
    return runExitCode(document, session.signal());
  }
}
