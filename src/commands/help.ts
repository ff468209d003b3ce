import { string } from "@oclif/core/args";
import { EXIT } from "../errors/errors.js";
import { renderCommandHelp, renderRootHelp, renderTopicHelp } from "../views/human/help.js";
import { LimaformCommand } from "./base.js";
import { describeAll, describeCommand } from "./describe.js";
import { commandsOfTopic, findCommand } from "./find.js";
import { rootHelp } from "./root-help.js";

export default class HelpCommand extends LimaformCommand {
  static override readonly group = "limaform";
  static override summary = "Show help, for everything or for one command.";
  static override description = "The same as --help after a command.";
  static override readonly teaches = [{ text: "About one command", command: "limaform help apply" }];
  static override args = {
    command: string({ multiple: true, ignoreStdin: true, description: "Which command. Default: an overview." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(HelpCommand);
    const words = args.command ?? [];
    if (words.length === 0) {
      const commands = await describeAll(this.commands);
      const document = { format: "limaform.help", version: 1, commands } as const;
      this.answer(flags, document, (paint) => renderRootHelp(rootHelp(commands), paint));
      return EXIT.done;
    }
    const topic = words.length === 1 ? commandsOfTopic(words[0] ?? "", this.commands) : [];
    if (topic.length > 0) {
      const commands = await Promise.all(topic.map((id) => describeCommand(this.commands, id)));
      this.answer(flags, { format: "limaform.help", version: 1, commands }, (paint) =>
        renderTopicHelp(words[0] ?? "", commands, paint),
      );
      return EXIT.done;
    }
    const info = await describeCommand(this.commands, findCommand(words, this.commands).id);
    this.answer(flags, { format: "limaform.help", version: 1, commands: [info] }, (paint) =>
      renderCommandHelp(info, paint),
    );
    return EXIT.done;
  }
}
