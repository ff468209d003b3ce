import { EXIT } from "../../errors/errors.js";
import { renderRuns } from "../../views/human/runs.js";
import { LimaformCommand } from "../base.js";

export default class RunsListCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "List runs: when they began, what they came to.";
  static override description =
    "Workers on which a run may be at work are asked for its state, all at once; the others are not. A run is live while any of its parts may still be at work. A task list is open while tasks wait and nobody is at it: runs attach goes on with it.";
  static override readonly teaches = [
    { text: "What ran, the newest first", command: "limaform runs" },
    { text: "One of them, as it is now", command: "limaform runs show 20260101-120000-a1b2" },
  ];

  override async run(): Promise<number> {
    const { flags } = await this.parse(RunsListCommand);
    const session = await this.open(flags);
    const document = await session.app.runs();
    session.print(document, (paint) => renderRuns(document, paint));
    return EXIT.done;
  }
}
