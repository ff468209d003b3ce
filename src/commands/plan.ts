import { string } from "@oclif/core/flags";
import type { Intent } from "../resources/kind.js";
import { renderPlan } from "../views/human/plan.js";
import type { Paint } from "../views/paint.js";
import { LimaformCommand } from "./base.js";
import { discardWork, replace, target, toggle } from "./flags.js";
import { notApplicable, planRequest, planTrusted } from "./flow.js";
import { planExitCode } from "./verdicts.js";

export default class PlanCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Show what apply would do, and why.";
  static override description =
    "Reads the spec, the repository and the instances of this host, and compares. It changes nothing: no lock is taken and no instance is touched. Each line is one object: + is made, ± made anew, ~ changed in place, - removed, > gets the code. A plan that was written with --out holds everything that apply needs and is refused later if something it rests on has moved.";
  static override readonly teaches = [
    { text: "What would happen", command: "limaform plan" },
    {
      text: "Save it, look at it later, apply exactly that",
      command: "limaform plan --out next.plan && limaform apply next.plan",
    },
    { text: "For CI: exit code 2 when something would change", command: "limaform plan --detailed-exitcode" },
  ];
  static override flags = {
    out: string({ helpValue: "FILE", summary: "Save the plan for apply (readable by you alone)." }),
    "detailed-exitcode": toggle({ summary: "Exit with 2 when there are changes." }),
    target,
    replace,
    destroy: toggle({ exclusive: ["replace"], summary: "Plan the removal of everything that is ours." }),
    "discard-work": discardWork,
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(PlanCommand);
    const intent: Intent = flags.destroy
      ? { kind: "destroy", keepImages: false, workersOnly: false }
      : { kind: "apply" };
    const session = await this.open(flags);
    const plan = await planTrusted(session, planRequest(intent, flags));
    const text = (paint: Paint) => renderPlan(plan, flags.destroy ? "plan --destroy" : "plan", paint);
    if (flags.out === undefined) session.print(plan, text);
    else {
      session.show(text);
      if (!plan.applicable) throw notApplicable(plan.errors);
      await session.app.writePlan(flags.out, plan);
      // The document only now: where it cannot be saved the error is the one document.
      session.print(plan, () => "");
      if (!flags.quiet) session.remark(`Saved. Apply it with: limaform apply ${flags.out}`);
    }
    return planExitCode(plan, flags["detailed-exitcode"]);
  }
}
