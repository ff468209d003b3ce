import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import { LimaformCommand } from "./base.js";
import { countFlag, discardWork, replace, target } from "./flags.js";
import { approveAndApply, planRequest, planTrusted } from "./flow.js";

/** Flags that shape a plan; a saved plan is shaped already. */
const SHAPING = ["target", "replace", "discard-work", "project", "config"] as const;

export default class ApplyCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Make it so: build images, clone workers, push code.";
  static override description =
    "Plans, shows the plan, asks, and walks it. With a plan file it does exactly what was saved, once, without asking, and refuses when something the plan rests on has moved. Interrupt once: nothing new starts and what must finish finishes. Interrupt twice: everything stops. Either way the next apply goes on from what is there.";
  static override readonly teaches = [
    { text: "Plan, ask, apply", command: "limaform apply" },
    { text: "Without a terminal", command: "limaform apply --yes" },
    { text: "Exactly the saved plan", command: "limaform apply next.plan" },
  ];
  static override args = {
    planfile: stringArgument({ ignoreStdin: true, description: "File that plan --out wrote. Default: plan now." }),
  };
  static override flags = {
    target,
    replace,
    parallel: string({
      helpValue: "N",
      summary: "How many steps of one sort run at a time.",
      defaultHelp: "by sort and host",
    }),
    "discard-work": discardWork,
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ApplyCommand);
    const parallel = flags.parallel === undefined ? null : countFlag("--parallel", flags.parallel, 1);
    const session = await this.open(flags);
    if (args.planfile !== undefined) {
      const ignored = SHAPING.filter((name) => flags[name] !== undefined).map((name) => `--${name}`);
      if (ignored.length > 0)
        session.remark(`warning: a saved plan is applied as it is; ignored: ${ignored.join(", ")}`);
      return approveAndApply(session, { plan: await session.app.readPlan(args.planfile), isSaved: true, parallel });
    }
    const plan = await planTrusted(session, planRequest({ kind: "apply" }, flags));
    return approveAndApply(session, { plan, isSaved: false, parallel });
  }
}
