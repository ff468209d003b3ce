import { EXIT } from "../errors/errors.js";
import { renderConfig } from "../views/human/config.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";

export default class ConfigCommand extends LimaformCommand {
  static override readonly group = "Spec";
  static override summary = "Show the resolved spec.";
  static override description =
    "Built-in defaults, then your own defaults, the spec, the environment (LIMAFORM_…), and flags: the later wins. With --origins each value says where it comes from.";
  static override readonly teaches = [
    { text: "Where does this value come from?", command: "limaform config --origins" },
  ];
  static override flags = { origins: toggle({ summary: "Say where each value comes from." }) };

  override async run(): Promise<number> {
    const { flags } = await this.parse(ConfigCommand);
    const session = await this.open(flags);
    const document = await session.app.config();
    for (const text of document.warnings) session.remark(`warning: ${text}`);
    session.print(document, (paint) => renderConfig(document, flags.origins, paint));
    return EXIT.done;
  }
}
