import { string } from "@oclif/core/flags";
import { renderWait } from "../views/human/wait.js";
import { LimaformCommand } from "./base.js";
import { durationFlag, workersArgument } from "./flags.js";
import { waitExitCode } from "./verdicts.js";

export default class WaitCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Wait until workers are ready, or their runs are over.";
  static override description =
    "ready: each chosen worker runs, was ready once and answers now. run-done: the last run of each is over; a worker on which nothing ran need not be waited for. Exit code 0: reached, and every run was done and passed; 1: a run ended otherwise, or the time was over.";
  static override readonly teaches = [
    { text: "In a script, before the first run", command: "limaform wait --for ready --timeout 10m" },
    { text: "Until the detached run of worker 2 is over", command: "limaform wait 2 --for run-done" },
  ];
  static override args = workersArgument("Workers to wait for. Default: all.");
  static override flags = {
    for: string({
      required: true,
      helpValue: "WHAT",
      options: ["ready", "run-done"],
      summary: "What to wait for.",
    }),
    timeout: string({ helpValue: "TIME", summary: "When to give up, with exit code 1.", defaultHelp: "never" }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(WaitCommand);
    const timeoutMs = flags.timeout === undefined ? null : durationFlag("--timeout", flags.timeout);
    const what = flags.for === "ready" ? "ready" : "run-done";
    const session = await this.open(flags);
    const document = await session.app.wait({ workers: args.workers ?? [], for: what, timeoutMs });
    session.print(document, (paint) => renderWait(document, paint));
    return waitExitCode(document);
  }
}
