import { EXIT } from "../errors/errors.js";
import { LimaformCommand } from "./base.js";

export default class ValidateCommand extends LimaformCommand {
  static override readonly group = "Spec";
  static override summary = "Check the spec; needs no VM host.";
  static override description =
    "Reports all problems of the spec at once, each with its place, what was expected, and the nearest known key. It reads the spec and the files beside it, and runs nothing.";
  static override readonly teaches = [{ text: "In CI on any machine", command: "limaform validate" }];

  override async run(): Promise<number> {
    const { flags } = await this.parse(ValidateCommand);
    const session = await this.open(flags);
    const { file, warnings } = await session.app.validate();
    session.print({ format: "limaform.validate", version: 1, valid: true, file, warnings }, (paint) =>
      [...warnings.map((text) => `${paint.warn("warning:")} ${text}`), `${file} is valid.`]
        .map((line) => `${line}\n`)
        .join(""),
    );
    return EXIT.done;
  }
}
