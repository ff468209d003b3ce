import { EXIT } from "../../errors/errors.js";
import { renderRun } from "../../views/human/run.js";
import { LimaformCommand } from "../base.js";
import { runArgument } from "./run-argument.js";

export default class RunsShowCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Show a run as it is now: the state of each part, its output, its result.";
  static override description =
    "Asks the workers on which something of it may still be at work. The state comes from what is in the worker, whatever process began the run.";
  static override readonly teaches = [
    { text: "How far is it?", command: "limaform runs show 20260101-120000-a1b2" },
    { text: "One task of it", command: "limaform runs show 20260101-120000-a1b2/t3" },
  ];
  static override args = runArgument;

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsShowCommand);
    const session = await this.open(flags);
    const document = await session.app.showRun(args.run);
    session.print(document, (paint) => renderRun(document, paint));
    return EXIT.done;
  }
}
