import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";
import { approveAndApply, planRequest, planTrusted } from "./flow.js";

const TOOLS = "image.tools";
const GOLDEN = "image.golden";

export default class BuildCommand extends LimaformCommand {
  static override readonly group = "Images";
  static override summary = "Make the images that the spec wants, and nothing else.";
  static override description =
    "A shortcut for apply --target image.golden: the plan is shown, approved and walked as by apply. Images that are there are left alone. A build that failed or was cut off goes on with the step that it was at; --no-cache begins from the base image instead. Workers are not touched: the next apply makes them or rolls them over.";
  static override readonly teaches = [
    { text: "Build what is missing, or go on with a build that failed", command: "limaform build" },
    { text: "Only the tools, without the code", command: "limaform build --skip-sync" },
    { text: "All of it anew, from the base image", command: "limaform build --no-cache" },
  ];
  static override flags = {
    "no-cache": toggle({ summary: "Build anew from the base image, whatever is there." }),
    "skip-sync": toggle({ summary: "Only image.tools: without the code and hooks.post_sync." }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(BuildCommand);
    const session = await this.open(flags);
    const chain = flags["skip-sync"] ? [TOOLS] : [TOOLS, GOLDEN];
    const replace = flags["no-cache"] ? chain : [];
    const request = planRequest({ kind: "apply" }, { ...flags, target: chain.slice(-1), replace });
    return approveAndApply(session, { plan: await planTrusted(session, request), isSaved: false, parallel: null });
  }
}
