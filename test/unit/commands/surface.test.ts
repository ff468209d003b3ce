import { describe, expect, it } from "vitest";
import { describeAll } from "../../../src/commands/describe.js";
import { EXIT_CODES } from "../../../src/commands/exit-codes.js";
import { COMMANDS } from "../../../src/commands/index.js";
import { rootHelp } from "../../../src/commands/root-help.js";
import { EXIT } from "../../../src/errors/errors.js";
import { renderCommandHelp, renderRootHelp } from "../../../src/views/human/help.js";
import { paintFor } from "../../../src/views/paint.js";

const plain = paintFor({ hasColour: false });

/* Rewrite the golden files with: npx vitest run --project unit -u. A change here is a change of contract. */
describe("the command surface", () => {
  it("is the committed one: commands, flags, defaults, exit codes", async () => {
    const commands = (await describeAll(COMMANDS)).map(({ id, args, flags }) => ({
      command: id,
      args: args.map(({ name, required, options }) => ({ name, required, options })),
      flags: flags
        .filter((flag) => !flag.isGlobal)
        .map(({ name, char, aliases, value, options, isRepeatable, defaultText }) => ({
          ...{ name, char, aliases, value, options, isRepeatable },
          default: defaultText,
        })),
    }));
    const globals = (await describeAll(COMMANDS))[0]?.flags.filter((flag) => flag.isGlobal) ?? [];
    const surface = {
      globalFlags: globals.map(({ name, char, value, defaultText }) => ({ name, char, value, default: defaultText })),
      commands,
      exitCodes: EXIT,
    };
    await expect(`${JSON.stringify(surface, null, 2)}\n`).toMatchFileSnapshot("../../golden/command-surface.json");
  });

  it("teaches: every command has summary, description and examples, every flag a summary", async () => {
    for (const info of await describeAll(COMMANDS)) {
      expect([info.id, info.summary.endsWith(".")]).toEqual([info.id, true]);
      expect([info.id, info.description.length > 20]).toEqual([info.id, true]);
      expect([info.id, info.examples.length > 0]).toEqual([info.id, true]);
      expect(info.flags.filter((flag) => flag.summary === "").map((flag) => `${info.id} ${flag.name}`)).toEqual([]);
    }
  });

  it("names every exit code in the root help", () => {
    const taught = EXIT_CODES.flatMap(({ codes }) => codes);
    expect(taught.sort((left, right) => left - right)).toEqual(
      Object.values(EXIT)
        .slice()
        .sort((left, right) => left - right),
    );
  });

  it("lists every command in the root help, in 80 columns", async () => {
    const commands = await describeAll(COMMANDS);
    const text = renderRootHelp(rootHelp(commands), plain);
    for (const { id } of commands) expect(text).toContain(`\n  ${id} `);
    expect(text.split("\n").filter((line) => [...line].length > 80)).toEqual([]);
    await expect(text).toMatchFileSnapshot("../../golden/views/help.txt");
  });

  it("shows a command's help with arguments, flags, defaults and examples", async () => {
    const info = (await describeAll(COMMANDS)).find(({ id }) => id === "apply");
    if (info === undefined) throw new Error("no apply");
    await expect(renderCommandHelp(info, plain)).toMatchFileSnapshot("../../golden/views/help-apply.txt");
  });

  it("has examples that are commands of ours with flags that exist", async () => {
    const commands = await describeAll(COMMANDS);
    for (const info of commands) {
      for (const { command } of info.examples) {
        const flags = [...(command.split(" -- ")[0] ?? "").matchAll(/ (--[a-z-]+)/g)].map(([, flag]) => flag);
        const known = new Set([...info.flags.map((flag) => `--${flag.name}`)]);
        expect([command, flags.filter((flag) => !known.has(flag ?? ""))]).toEqual([command, []]);
      }
    }
  });
});
