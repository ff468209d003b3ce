import { EXIT } from "../../errors/errors.js";
import { renderResults } from "../../views/human/results.js";
import { LimaformCommand } from "../base.js";

export default class ResultsListCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "List what came back from runs.";
  static override description =
    "Results wait in quarantine, apart from your repository, until they are accepted or discarded. A result is named RUN/SLOT. Work that was saved before a worker was replaced, deleted or stopped is named save/N and stays until it is discarded.";
  static override readonly teaches = [
    { text: "What came back", command: "limaform results" },
    { text: "Look at one, then take it", command: "limaform results show 20260101-120000-a1b2/1" },
  ];

  override async run(): Promise<number> {
    const { flags } = await this.parse(ResultsListCommand);
    const session = await this.open(flags);
    const document = await session.app.results();
    session.print(document, (paint) => renderResults(document, paint));
    return EXIT.done;
  }
}
