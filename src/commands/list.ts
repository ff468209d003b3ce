import { EXIT } from "../errors/errors.js";
import { renderList } from "../views/human/list.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";

export default class ListCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "List the instances of this project.";
  static override description =
    "Reads what Lima knows, without asking the workers. With --quiet only the names, one a line.";
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
    const document = await session.app.list({ allProjects: flags["all-projects"] });
    session.print(document, (paint) => renderList(document, flags.quiet, paint));
    return EXIT.done;
  }
}
