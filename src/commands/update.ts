import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";
import { approveAndApply, planRequest, planTrusted } from "./flow.js";

const TOOLS = "image.tools";
const GOLDEN = "image.golden";

export default class UpdateCommand extends LimaformCommand {
  static override readonly group = "Images";
  static override summary = "Build the images anew although the spec has not changed.";
  static override description =
    "For what the spec does not say: newer packages of the distribution, newer versions within what tools and agents ask for, newer code. A shortcut for apply with --replace on the images: the new ones are built beside the old, which stay until nothing stands on them. Workers are not touched: the next apply rolls them over.";
  static override readonly teaches = [
    { text: "Tools, agents and code anew", command: "limaform update" },
    { text: "Only the code and hooks.post_sync, on the tools that are there", command: "limaform update --sync-only" },
  ];
  static override flags = {
    "sync-only": toggle({ summary: "Only image.golden, on the image.tools that is there." }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(UpdateCommand);
    const session = await this.open(flags);
    const replace = flags["sync-only"] ? [GOLDEN] : [TOOLS, GOLDEN];
    const request = planRequest({ kind: "apply" }, { ...flags, target: [GOLDEN], replace });
    return approveAndApply(session, { plan: await planTrusted(session, request), isSaved: false, parallel: null });
  }
}
