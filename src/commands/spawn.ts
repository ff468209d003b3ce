import { string } from "@oclif/core/args";
import { LimaformCommand } from "./base.js";
import { countFlag, discardWork, toggle } from "./flags.js";
import { approveAndApply, planRequest, planTrusted } from "./flow.js";

export default class SpawnCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "Change how many workers there are.";
  static override description =
    "COUNT is the total that you want. The plan is shown; after the approval `workers` is changed in the spec (comments and layout stay) and the plan is applied. Fewer workers than today need --shrink.";
  static override readonly teaches = [
    { text: "Five workers in all", command: "limaform spawn 5" },
    { text: "Back to two", command: "limaform spawn 2 --shrink" },
  ];
  static override args = {
    count: string({ required: true, ignoreStdin: true, description: "Total number of workers." }),
  };
  static override flags = {
    shrink: toggle({ summary: "Allow fewer workers than today." }),
    "discard-work": discardWork,
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(SpawnCommand);
    const workers = countFlag("COUNT", args.count, 0);
    const session = await this.open(flags, { workers });
    const edit = await session.app.spawnEdit(workers, flags.shrink);
    const plan = await planTrusted(session, planRequest({ kind: "apply" }, flags));
    const before = edit.before === workers ? undefined : () => edit.apply();
    return approveAndApply(session, {
      plan,
      isSaved: false,
      parallel: null,
      ...(before === undefined ? {} : { before }),
    });
  }
}
