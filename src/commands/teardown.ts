import { LimaformCommand } from "./base.js";
import { discardWork, toggle } from "./flags.js";
import { approveAndApply, planRequest } from "./flow.js";

export default class TeardownCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "Remove all workers; the images stay.";
  static override description =
    "A shortcut for destroy --keep-images that leaves the spec as it is: the next apply makes the workers again. With --all the images go too.";
  static override readonly teaches = [
    { text: "Remove the workers", command: "limaform teardown" },
    { text: "Everything, without being asked", command: "limaform teardown --all --yes" },
  ];
  static override flags = {
    all: toggle({ summary: "The images too." }),
    force: toggle({ summary: "The same as --yes, for people from the older tool. Never means --discard-work." }),
    "discard-work": discardWork,
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(TeardownCommand);
    const session = await this.open({ ...flags, yes: flags.yes || flags.force });
    const intent = { kind: "destroy", keepImages: !flags.all, workersOnly: !flags.all } as const;
    const plan = await session.app.plan(planRequest(intent, flags));
    return approveAndApply(session, { plan, isSaved: false, parallel: null });
  }
}
