import { string } from "@oclif/core/flags";
import { EXIT } from "../../errors/errors.js";
import { LimaformCommand } from "../base.js";
import { toggle } from "../flags.js";
import { resultArgument } from "./result-argument.js";

export default class ResultsAcceptCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Take a result into your repository as a branch.";
  static override description =
    'Makes the branch limaform/RUN/SLOT with one commit by you; of saved work the branch limaform/save/N, as the worker had it. Nothing is checked out, merged or run. With repo.mode = "files" there is no branch: the files are written into your folder, or none of them where you changed one too. Flagged changes are refused, and the refusal names the categories; --allow takes them by name. Files that it deletes in your folder need --allow deletions.';
  static override readonly teaches = [
    { text: "Accept, then merge as you like", command: "limaform results accept 20260101-120000-a1b2/1" },
  ];
  static override args = resultArgument;
  static override flags = {
    "keep-commits": toggle({ summary: "Keep the commits made in the worker." }),
    allow: string({
      summary:
        'Kinds of change that could run on this host and are wanted all the same: hooks,ci; with repo.mode = "files" also deletions.',
      helpValue: "CATEGORIES",
    }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ResultsAcceptCommand);
    const session = await this.open(flags);
    const accepted = await session.app.acceptResult(args.result, {
      keepCommits: flags["keep-commits"],
      allow: (flags.allow ?? "").split(",").filter((word) => word !== ""),
    });
    const files = accepted.files === 1 ? "1 file" : `${accepted.files} files`;
    session.print({ format: "limaform.accepted", version: 1, result: args.result, ...accepted }, () =>
      [
        ...(accepted.branch === ""
          ? [`Accepted ${args.result}: ${files} written.`]
          : [
              `Accepted ${args.result}: ${files} on branch ${accepted.branch}.`,
              ...(accepted.refs ?? []).map(({ name, ref }) => `  ${name} is ${ref}`),
              `Next: git diff HEAD...${accepted.branch}`,
            ]),
        "",
      ].join("\n"),
    );
    return EXIT.done;
  }
}
