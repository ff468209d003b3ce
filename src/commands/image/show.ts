import { EXIT } from "../../errors/errors.js";
import { renderImage } from "../../views/human/image.js";
import { LimaformCommand } from "../base.js";
import { toggle } from "../flags.js";
import { imageArgument } from "./image-argument.js";

export default class ImageShowCommand extends LimaformCommand {
  static override readonly group = "Images";
  static override summary = "Show one image: what is in it, and where that comes from.";
  static override description =
    "What was noted when the image was sealed: its base, the parts of the spec that made it, each step with version, time and size, the installed packages, who built it with what, and what the scan for secrets saw. It is kept on this host beside the fleet's other state, and goes with the image.";
  static override readonly teaches = [
    { text: "The newest golden image", command: "limaform image show" },
    { text: "With the list of packages", command: "limaform image show image.tools --packages" },
  ];
  static override args = imageArgument;
  static override flags = { packages: toggle({ summary: "List the installed packages too." }) };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ImageShowCommand);
    const session = await this.open(flags);
    const document = await session.app.image(args.image ?? null);
    session.print(document, (paint) => renderImage(document, flags.packages, paint));
    return EXIT.done;
  }
}
