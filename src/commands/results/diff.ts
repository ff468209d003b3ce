import { string } from "@oclif/core/args";
import { EXIT } from "../../errors/errors.js";
import { renderDiff } from "../../views/human/diff.js";
import { LimaformCommand } from "../base.js";
import { resultArgument } from "./result-argument.js";

export default class ResultsDiffCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Show what a result changes, line by line.";
  static override description =
    "Made by git alone, without external diff programs, text conversions or any configuration; every control character is shown as text. On a terminal it is paged (PAGER, else less).";
  static override readonly teaches = [
    { text: "All of it, or one folder", command: "limaform results diff 20260101-120000-a1b2/1 src" },
  ];
  static override args = {
    ...resultArgument,
    paths: string({
      multiple: true,
      ignoreStdin: true,
      description: "Files or folders, from the top of the repository.",
    }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ResultsDiffCommand);
    const session = await this.open(flags);
    const paths: unknown = args.paths;
    const document = await session.app.resultDiff(args.result, Array.isArray(paths) ? paths.map(String) : []);
    const { isInteractive, stdout } = this.io;
    if (isInteractive && !flags.json) {
      let text = "";
      session.show((paint) => {
        text = renderDiff(document, paint);
        return "";
      });
      if (text.split("\n").length > stdout.rows() && (await session.app.page(text))) return EXIT.done;
    }
    session.print(document, (paint) => renderDiff(document, paint));
    return EXIT.done;
  }

  /** Ctrl-C belongs to the pager. */
  protected override ignoresKeyboard(): boolean {
    return this.io.isInteractive;
  }
}
