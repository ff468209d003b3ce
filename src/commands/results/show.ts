import { EXIT } from "../../errors/errors.js";
import { renderResult } from "../../views/human/results.js";
import { renderSave } from "../../views/human/saves.js";
import { LimaformCommand } from "../base.js";
import { resultArgument } from "./result-argument.js";

export default class ResultsShowCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Show one result: commits, files, and what is dangerous in it.";
  static override description = "Everything that could later run on this host is flagged with its category.";
  static override readonly teaches = [{ text: "Look first", command: "limaform results show 20260101-120000-a1b2/1" }];
  static override args = resultArgument;

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ResultsShowCommand);
    const session = await this.open(flags);
    const document = await session.app.result(args.result);
    session.print(document, (paint) =>
      document.format === "limaform.save" ? renderSave(document, paint) : renderResult(document, paint),
    );
    return EXIT.done;
  }
}
