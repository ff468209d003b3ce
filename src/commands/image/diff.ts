import { EXIT } from "../../errors/errors.js";
import { renderImageDiff } from "../../views/human/image.js";
import { LimaformCommand } from "../base.js";
import { twoImages } from "./image-argument.js";

export default class ImageDiffCommand extends LimaformCommand {
  static override readonly group = "Images";
  static override summary = "Show what differs between two images: packages, tools, inputs.";
  static override description =
    "Compares what was noted at the seals of both: each package and version, each tool, agent and hook, each part of the spec that made them, base and commit. When and by whom they were built stands last, because no worker sees it. No instance is started.";
  static override readonly teaches = [
    { text: "Two revisions", command: "limaform image diff 51d0ee24 7f3a09c1" },
    { text: "What the golden image has beyond the tools", command: "limaform image diff image.tools image.golden" },
  ];
  static override args = twoImages;

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageDiffCommand);
    const session = await this.open(flags);
    const document = await session.app.imageDiff({ before: args.before, after: args.after });
    session.print(document, (paint) => renderImageDiff(document, paint));
    return EXIT.done;
  }
}
