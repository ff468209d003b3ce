import { renderDrift } from "../views/human/drift.js";
import { LimaformCommand } from "./base.js";
import { driftExitCode } from "./verdicts.js";

export default class DriftCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Say whether reality left the last apply (exit code 3).";
  static override description =
    "Compares what is there with what the last apply left. Changes of the spec or of the code, workers held by stop, and work inside workers are not drift. It only reads. Where something could not be read the answer is incomplete and the exit code 1.";
  static override readonly teaches = [
    { text: "Is all as it was left?", command: "limaform drift" },
    { text: "In CI on the VM host", command: "limaform drift --json" },
    { text: "What would mend it", command: "limaform plan" },
  ];

  override async run(): Promise<number> {
    const { flags } = await this.parse(DriftCommand);
    const session = await this.open(flags);
    const document = await session.app.drift();
    session.print(document, (paint) => renderDrift(document, paint));
    return driftExitCode(document);
  }
}
