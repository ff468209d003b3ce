import { string as stringArgument } from "@oclif/core/args";
import { EXIT, UsageError } from "../errors/errors.js";
import { renderCopy } from "../views/human/copy.js";
import { LimaformCommand } from "./base.js";

export default class CpCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override readonly afterDashes = "PATHS";
  static override summary = "Copy files and folders into a worker, or out of one.";
  static override description =
    "W:PATH is a path in a worker (slot or instance name), below its home folder unless it begins with /. Folders are copied whole, without their .git. Modes become 644 or 755. What comes out of a worker is checked first: names, links that lead out, sizes; devices and special bits never come. Files that are there are replaced, links are never written through.";
  static override readonly teaches = [
    { text: "A file into worker 1's home folder", command: "limaform cp notes.txt 1:" },
    { text: "A folder out of worker 2", command: "limaform cp 2:my-app/report ." },
  ];
  static override args = {
    paths: stringArgument({ multiple: true, ignoreStdin: true, description: "SRC… DST; one side is W:PATH." }),
  };
  static override flags = {};

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(CpCommand);
    const words = [...(args.paths ?? []), ...(this.commandLine ?? [])];
    const target = words.pop();
    if (target === undefined || words.length === 0) {
      throw new UsageError("USAGE_MISSING_ARGUMENT", "limaform cp needs a source and a destination.", {
        hint: "limaform cp FILE 1:PATH",
      });
    }
    const session = await this.open(flags);
    const document = await session.app.cp({ sources: words, target });
    session.print(document, (paint) => renderCopy(document, paint));
    return EXIT.done;
  }
}
