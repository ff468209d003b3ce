import type { Paint } from "../paint.js";
import { padTo, widthOf } from "./width.js";

/** A command as help, completion and the golden surface see it. */
export interface CommandInfo {
  /** With spaces: `results accept`. */
  readonly id: string;
  readonly group: string;
  readonly summary: string;
  readonly description: string;
  /** After the command's name: `[PLANFILE]`. */
  readonly usage: string;
  readonly args: readonly ArgumentInfo[];
  readonly flags: readonly FlagInfo[];
  readonly examples: readonly { readonly text: string; readonly command: string }[];
}

export interface ArgumentInfo {
  readonly name: string;
  readonly summary: string;
  readonly required: boolean;
  readonly options: readonly string[];
}

export interface FlagInfo {
  readonly name: string;
  readonly char: string | null;
  readonly aliases: readonly string[];
  /** null for a flag without value. */
  readonly value: string | null;
  readonly options: readonly string[];
  readonly isRepeatable: boolean;
  readonly defaultText: string;
  readonly summary: string;
  readonly isGlobal: boolean;
}

const WIDTH = 80;

export function renderCommandHelp(info: CommandInfo, paint: Paint): string {
  const own = info.flags.filter((flag) => !flag.isGlobal);
  const shared = info.flags.filter((flag) => flag.isGlobal);
  return [
    `${info.summary}\n`,
    section("Usage", [`  limaform ${info.id}${info.usage === "" ? "" : ` ${info.usage}`}`], paint),
    section(
      "Description",
      wrap(info.description, WIDTH - 2).map((line) => (line === "" ? "" : `  ${line}`)),
      paint,
    ),
    section(
      "Examples",
      info.examples.flatMap((example) => [`  ${example.text}`, `    $ ${example.command}`]),
      paint,
    ),
    section("Arguments", twoColumns(info.args.map((arg) => [arg.name, argumentText(arg)])), paint),
    section("Flags", twoColumns(own.map(flagRow)), paint),
    section("Global flags", twoColumns(shared.map(flagRow)), paint),
  ].join("");
}

export interface RootHelp {
  readonly intro: string;
  readonly groups: readonly { readonly title: string; readonly commands: readonly CommandInfo[] }[];
  readonly globals: readonly FlagInfo[];
  readonly exitCodes: readonly (readonly [string, string])[];
  readonly outro: readonly string[];
}

export function renderRootHelp(help: RootHelp, paint: Paint): string {
  const width = Math.max(...help.groups.flatMap((group) => group.commands.map((info) => widthOf(info.id))));
  return [
    `${help.intro}\n`,
    section("Usage", ["  limaform COMMAND [FLAGS]"], paint),
    ...help.groups.map((group) =>
      section(
        group.title,
        twoColumns(
          group.commands.map((info) => [info.id, info.summary]),
          width,
        ),
        paint,
      ),
    ),
    section("Global flags", twoColumns(help.globals.map(flagRow)), paint),
    section("Exit codes", twoColumns(help.exitCodes), paint),
    `\n${help.outro.join("\n")}\n`,
  ].join("");
}

/** The commands of one topic: `image`, `results`. */
export function renderTopicHelp(topic: string, commands: readonly CommandInfo[], paint: Paint): string {
  return [
    section("Usage", [`  limaform ${topic} COMMAND [FLAGS]`], paint).trimStart(),
    section("Commands", twoColumns(commands.map((info) => [info.id, info.summary])), paint),
    `\nMore about a command: limaform help ${topic} COMMAND\n`,
  ].join("");
}

function section(title: string, lines: readonly string[], paint: Paint): string {
  return lines.length === 0 ? "" : `\n${paint.bold(title)}\n${lines.map((line) => `${line}\n`).join("")}`;
}

function argumentText(arg: ArgumentInfo): string {
  const options = arg.options.length === 0 ? "" : ` (${arg.options.join(", ")})`;
  return `${arg.summary}${options}${arg.required ? " (required)" : ""}`;
}

function flagRow(flag: FlagInfo): readonly [string, string] {
  const char = flag.char === null ? "    " : `-${flag.char}, `;
  const value = flag.value === null ? "" : ` ${flag.value}${flag.isRepeatable ? "…" : ""}`;
  const options = flag.options.length === 0 ? "" : ` (${flag.options.join(", ")})`;
  return [`${char}--${flag.name}${value}`, `${flag.summary}${options} [default: ${flag.defaultText}]`];
}

function twoColumns(rows: readonly (readonly [string, string])[], least = 0): readonly string[] {
  const width = Math.max(least, ...rows.map(([left]) => widthOf(left)));
  return rows.flatMap(([left, right]) =>
    wrap(right, WIDTH - width - 4).map((line, index) =>
      `  ${padTo(index === 0 ? left : "", width)}  ${line}`.trimEnd(),
    ),
  );
}

/** Wraps at spaces; line ends of the text stay. */
export function wrap(text: string, width: number): readonly string[] {
  return text.split("\n").flatMap((paragraph) => {
    const lines: string[] = [];
    let line = "";
    for (const word of paragraph.split(" ")) {
      if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
        lines.push(line);
        line = word;
      } else line = line === "" ? word : `${line} ${word}`;
    }
    return [...lines, line];
  });
}
