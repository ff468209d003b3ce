import { EXIT } from "../../errors/errors.js";
import { LimaformCommand } from "../base.js";
import { resultArgument } from "./result-argument.js";

export default class ResultsDiscardCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Forget a result.";
  static override description = "Removes the result from quarantine for good. What was accepted before stays accepted.";
  static override readonly teaches = [
    { text: "Not wanted", command: "limaform results discard 20260101-120000-a1b2/1" },
  ];
  static override args = resultArgument;

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ResultsDiscardCommand);
    const session = await this.open(flags);
    await session.app.discardResult(args.result);
    session.print(
      { format: "limaform.discarded", version: 1, result: args.result },
      () => `Discarded ${args.result}.\n`,
    );
    return EXIT.done;
  }
}
