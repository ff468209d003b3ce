import type { ArgumentInfo, CommandInfo, FlagInfo } from "../views/human/help.js";
import type { CommandClass, CommandMap } from "./base.js";
import { GLOBAL_FLAGS } from "./flags.js";

/** The parts of oclif's flag and argument definitions that are shown. */
interface FlagDefinition {
  readonly type: string;
  readonly char?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  readonly summary?: string | undefined;
  readonly helpValue?: string | readonly string[] | undefined;
  readonly options?: readonly string[] | undefined;
  readonly multiple?: boolean | undefined;
  readonly default?: unknown;
  readonly defaultHelp?: unknown;
}

interface ArgumentDefinition {
  readonly description?: string | undefined;
  readonly required?: boolean | undefined;
  readonly multiple?: boolean | undefined;
  readonly options?: readonly string[] | undefined;
}

/** What there is to know of a command, read from its class: the one source of help, completion and the golden surface. */
export async function describeCommand(commands: CommandMap, id: string): Promise<CommandInfo> {
  const load = commands[id];
  if (load === undefined) throw new Error(`no command ${id}`);
  return describeClass(id, (await load()).default);
}

/** In the order of the command map. */
export async function describeAll(commands: CommandMap): Promise<readonly CommandInfo[]> {
  return Promise.all(Object.keys(commands).map((id) => describeCommand(commands, id)));
}

function describeClass(id: string, type: CommandClass): CommandInfo {
  const args: readonly (readonly [string, ArgumentDefinition])[] = Object.entries(type.args ?? {});
  const own: readonly (readonly [string, FlagDefinition])[] = Object.entries(type.flags ?? {});
  const shared: readonly (readonly [string, FlagDefinition])[] = Object.entries(GLOBAL_FLAGS);
  return {
    id,
    group: type.group,
    summary: type.summary ?? "",
    description: type.description ?? "",
    usage: usageText(args, type.afterDashes),
    args: args.map(([name, definition]) => describeArgument(name, definition)),
    flags: [
      ...own.map(([name, definition]) => describeFlag(name, definition, false)),
      ...shared.map(([name, definition]) => describeFlag(name, definition, true)),
    ],
    examples: type.teaches,
  };
}

function usageText(args: readonly (readonly [string, ArgumentDefinition])[], afterDashes: string | null): string {
  const words = args.map(([name, { required, multiple }]) => {
    const word = `${name.toUpperCase()}${multiple === true ? "…" : ""}`;
    return required === true ? word : `[${word}]`;
  });
  return [...words, "[FLAGS]", ...(afterDashes === null ? [] : [`[-- ${afterDashes}…]`])].join(" ");
}

function describeArgument(name: string, definition: ArgumentDefinition): ArgumentInfo {
  return {
    name: name.toUpperCase(),
    summary: definition.description ?? "",
    required: definition.required === true,
    options: definition.options ?? [],
  };
}

function describeFlag(name: string, definition: FlagDefinition, isGlobal: boolean): FlagInfo {
  const isOption = definition.type === "option";
  const value = typeof definition.helpValue === "string" ? definition.helpValue : "VALUE";
  const known = definition.defaultHelp ?? definition.default;
  return {
    name,
    char: definition.char ?? null,
    aliases: definition.aliases ?? [],
    value: isOption ? value : null,
    options: definition.options ?? [],
    isRepeatable: definition.multiple === true,
    defaultText: isOption ? String(known ?? "none") : "off",
    summary: definition.summary ?? "",
    isGlobal,
  };
}
