import { LimaformCommand } from "./base.js";
import { discardWork, target, toggle } from "./flags.js";
import { approveAndApply, planRequest } from "./flow.js";

export default class DestroyCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Remove everything of this project that is ours, and nothing else.";
  static override description =
    "Plans the removal of all workers and images of this project, shows it, asks, and removes. Instances of others, and copies somebody made by hand, are never touched. Work that exists nowhere else is saved first (results list); what cannot be saved stops it unless --discard-work names the worker. Saves and results that were not accepted stay.";
  static override readonly teaches = [
    { text: "Remove all", command: "limaform destroy" },
    { text: "Keep the images for a quick start tomorrow", command: "limaform destroy --keep-images" },
  ];
  static override flags = {
    target,
    "keep-images": toggle({ summary: "Leave the images." }),
    "discard-work": discardWork,
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(DestroyCommand);
    const session = await this.open(flags);
    const intent = { kind: "destroy", keepImages: flags["keep-images"], workersOnly: false } as const;
    const plan = await session.app.plan(planRequest(intent, flags));
    return approveAndApply(session, { plan, isSaved: false, parallel: null });
  }
}
