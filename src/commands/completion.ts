import { string } from "@oclif/core/args";
import { EXIT } from "../errors/errors.js";
import { renderCompletion, SHELLS } from "../views/completion.js";
import { LimaformCommand } from "./base.js";
import { describeAll } from "./describe.js";

export default class CompletionCommand extends LimaformCommand {
  static override readonly group = "limaform";
  static override summary = "Print a completion script for your shell.";
  static override description = "The script holds all commands and flags of this version; it never starts limaform.";
  static override readonly teaches = [
    { text: "For this bash", command: "source <(limaform completion bash)" },
    { text: "For fish, for good", command: "limaform completion fish > ~/.config/fish/completions/limaform.fish" },
  ];
  static override args = {
    shell: string({ required: true, ignoreStdin: true, options: SHELLS, description: "Which shell." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(CompletionCommand);
    const shell = SHELLS.find((known) => known === args.shell) ?? "bash";
    const script = renderCompletion(shell, await describeAll(this.commands));
    this.answer(flags, { format: "limaform.completion", version: 1, shell, script }, () => script);
    return EXIT.done;
  }
}
