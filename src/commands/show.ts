import { string } from "@oclif/core/args";
import { EXIT } from "../errors/errors.js";
import { renderPlan } from "../views/human/plan.js";
import { LimaformCommand } from "./base.js";

export default class ShowCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Show a saved plan.";
  static override description =
    "Reads a plan that was written by plan --out. Whether it still fits is checked by apply.";
  static override readonly teaches = [
    { text: "Review before applying", command: "limaform show next.plan" },
    { text: "Then do exactly that", command: "limaform apply next.plan" },
  ];
  static override args = {
    planfile: string({ required: true, ignoreStdin: true, description: "File that plan --out wrote." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ShowCommand);
    const session = await this.open(flags);
    const plan = await session.app.readPlan(args.planfile);
    session.print(plan, (paint) => renderPlan(plan, "plan", paint));
    return EXIT.done;
  }
}
