import { EXIT } from "../errors/errors.js";
import { renderList } from "../views/human/list.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";

export default class ListCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "List the instances of this project.";
  static override description =
    "Images and workers as Lima lists them, without asking the workers; limaform status does that. With --quiet only the names, one a line. With --all-projects those of every limaform project on this host, whoever owns them; a foreign copy is one that somebody made with limactl clone or rename, and limaform leaves it alone.";
  static override readonly teaches = [
    { text: "This project", command: "limaform list" },
    { text: "Names only, of all projects", command: "limaform list --all-projects -q" },
  ];
  static override flags = {
    "all-projects": toggle({ aliases: ["all"], summary: "Instances of all limaform projects on this host." }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(ListCommand);
    const session = await this.open(flags);
    const ofAllProjects = flags["all-projects"];
    const document = await session.app.list({ allProjects: ofAllProjects });
    session.print(document, (paint) => renderList(document, { onlyNames: flags.quiet, ofAllProjects }, paint));
    return EXIT.done;
  }
}
