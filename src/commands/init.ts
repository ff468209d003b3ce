import { string } from "@oclif/core/flags";
import { EXIT } from "../errors/errors.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";

const TEMPLATES = ["node", "python", "rust", "go", "full"] as const;

export default class InitCommand extends LimaformCommand {
  static override readonly group = "Spec";
  static override summary = "Write a commented limaform.toml fitted to this repository.";
  static override description =
    "Looks at the repository (languages, lock files, name) and writes a spec that plans without edits. An existing spec is kept unless --force.";
  static override readonly teaches = [
    { text: "In the repository", command: "limaform init" },
    { text: "For a language of your choice", command: "limaform init --template python" },
  ];
  static override flags = {
    template: string({
      helpValue: "NAME",
      options: [...TEMPLATES, "nodejs"],
      summary: "Language to write the spec for; nodejs is node.",
      defaultHelp: "what the repository shows",
    }),
    from: string({ helpValue: "FILE", summary: "Convert a spec of the older tool (.lima-sandbox.toml)." }),
    force: toggle({ summary: "Replace an existing spec." }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(InitCommand);
    const name = flags.template === "nodejs" ? "node" : flags.template;
    const template = TEMPLATES.find((known) => known === name) ?? null;
    const session = await this.open(flags);
    const { file, notes } = await session.app.init({ template, from: flags.from ?? null, force: flags.force });
    session.print({ format: "limaform.init", version: 1, file, notes }, () =>
      [`Wrote ${file}`, ...notes, "Next: limaform plan"].map((line) => `${line}\n`).join(""),
    );
    return EXIT.done;
  }
}
