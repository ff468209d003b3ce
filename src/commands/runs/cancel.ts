import { EXIT } from "../../errors/errors.js";
import { renderRun } from "../../views/human/run.js";
import { LimaformCommand } from "../base.js";
import { runArgument } from "./run-argument.js";

export default class RunsCancelCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "End a run: all its processes, and no task of it starts any more.";
  static override description =
    "What it made until then stays in the worker and is collected as usual. A part that has ended stays as it ended. With RUN/SLOT or RUN/TASK only that part is ended; a task that waits is never begun.";
  static override readonly teaches = [
    { text: "All of it", command: "limaform runs cancel 20260101-120000-a1b2" },
    { text: "What it made", command: "limaform results list" },
  ];
  static override args = runArgument;

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsCancelCommand);
    const session = await this.open(flags);
    const document = await session.app.cancelRun(args.run);
    session.print(document, (paint) => renderRun(document, paint));
    return document.workers.some(({ error }) => error !== null) ? EXIT.failed : EXIT.done;
  }
}
