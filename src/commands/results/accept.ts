import { EXIT } from "../../errors/errors.js";
import { LimaformCommand } from "../base.js";
import { toggle } from "../flags.js";
import { resultArgument } from "./result-argument.js";

export default class ResultsAcceptCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Take a result into your repository as a branch.";
  static override description =
    "Makes the branch limaform/RUN/SLOT with one commit by you. Nothing is checked out, merged or run. A result with flagged changes is refused, and the refusal names the categories.";
  static override readonly teaches = [
    { text: "Accept, then merge as you like", command: "limaform results accept 20260101-120000-a1b2/1" },
  ];
  static override args = resultArgument;
  static override flags = { "keep-commits": toggle({ summary: "Keep the commits made in the worker." }) };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ResultsAcceptCommand);
    const session = await this.open(flags);
    const accepted = await session.app.acceptResult(args.result, { keepCommits: flags["keep-commits"] });
    const files = accepted.files === 1 ? "1 file" : `${accepted.files} files`;
    session.print({ format: "limaform.accepted", version: 1, result: args.result, ...accepted }, () =>
      [
        `Accepted ${args.result}: ${files} on branch ${accepted.branch}.`,
        `Next: git diff HEAD...${accepted.branch}`,
        "",
      ].join("\n"),
    );
    return EXIT.done;
  }
}
