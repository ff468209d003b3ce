import { EXIT } from "../../errors/errors.js";
import { renderResults } from "../../views/human/results.js";
import { LimaformCommand } from "../base.js";

export default class ResultsListCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "List what came back from runs.";
  static override description =
    "Results wait in quarantine, apart from your repository, until they are accepted or discarded. A result is named RUN/SLOT.";
  static override readonly teaches = [{ text: "What came back", command: "limaform results" }];

  override async run(): Promise<number> {
    const { flags } = await this.parse(ResultsListCommand);
    const session = await this.open(flags);
    const document = await session.app.results();
    session.print(document, (paint) => renderResults(document, paint));
    return EXIT.done;
  }
}
