import { UsageError } from "../errors/errors.js";
import { nearest } from "../util/nearest.js";
import type { CommandMap } from "./base.js";
import { GLOBAL_FLAGS } from "./flags.js";
import { NOT_YET_COMMANDS } from "./not-yet.js";

/** A topic alone means this command of it. */
const TOPIC_DEFAULTS: Readonly<Record<string, string>> = { results: "results list", runs: "runs list" };

/** The commands of a topic (`image`, `runs`); none where the word is no topic. */
export function commandsOfTopic(word: string, commands: CommandMap): readonly string[] {
  return Object.keys(commands).filter((id) => id.startsWith(`${word} `));
}

export interface FoundCommand {
  readonly id: string;
  /** What is left for the command: global flags that stood before its name come first. */
  readonly argv: readonly string[];
}

/** Which command is meant. Errors: USAGE_UNKNOWN_COMMAND with the nearest one, USAGE_NOT_SUPPORTED_YET, USAGE_NO_COMMAND. */
export function findCommand(argv: readonly string[], commands: CommandMap): FoundCommand {
  const start = leadingFlags(argv);
  const flags = argv.slice(0, start);
  const [first, second, ...rest] = argv.slice(start);
  if (first === undefined || first.startsWith("-")) throw noCommand(first);
  const pair = second === undefined ? "" : `${first} ${second}`;
  if (pair in commands) return { id: pair, argv: [...flags, ...rest] };
  const after = argv.slice(start + 1);
  const topicDefault = TOPIC_DEFAULTS[first];
  if (topicDefault !== undefined) {
    if (second !== undefined && !second.startsWith("-")) throw unknown(`${first} ${second}`, commands);
    return { id: topicDefault, argv: [...flags, ...after] };
  }
  if (first in commands) return { id: first, argv: [...flags, ...after] };
  if (commandsOfTopic(first, commands).length > 0) {
    if (second === undefined || second.startsWith("-")) return { id: "help", argv: [...flags, first, ...after] };
    throw unknown(pair, commands);
  }
  throw unknown(first, commands);
}

/** How many words at the front are global flags with their values. */
function leadingFlags(argv: readonly string[]): number {
  const flags = Object.entries(GLOBAL_FLAGS);
  let index = 0;
  while (index < argv.length) {
    const word = argv[index] ?? "";
    const flag = flags.find(([name, { char }]) => word === `--${name}` || (char !== undefined && word === `-${char}`));
    const isJoined = flags.some(([name, { type }]) => type === "option" && word.startsWith(`--${name}=`));
    if (flag === undefined && !isJoined) return index;
    index += flag !== undefined && flag[1].type === "option" ? 2 : 1;
  }
  return index;
}

function noCommand(flag: string | undefined): UsageError {
  const message = flag === undefined ? "No command was given." : `No command was given before ${flag}.`;
  return new UsageError("USAGE_NO_COMMAND", message, { hint: "limaform help" });
}

function unknown(typed: string, commands: CommandMap): UsageError {
  const meanwhile = NOT_YET_COMMANDS[typed];
  if (meanwhile !== undefined) {
    const message = `limaform ${typed} is not supported yet.`;
    return new UsageError("USAGE_NOT_SUPPORTED_YET", message, {
      hint: meanwhile === "" ? "" : `meanwhile: ${meanwhile}`,
    });
  }
  const names = [...new Set(Object.keys(commands).flatMap((id) => [id, id.split(" ")[0] ?? id]))];
  const near = nearest(typed, names);
  const [topic = ""] = typed.split(" ");
  const isOfTopic = commandsOfTopic(topic, commands).length > 0;
  const help = isOfTopic ? `limaform help ${topic}` : "limaform help";
  const hint = near === null || near === topic ? help : `did you mean: limaform ${near}?`;
  return new UsageError("USAGE_UNKNOWN_COMMAND", `There is no command ${JSON.stringify(typed)}.`, {
    hint,
    details: { command: typed, nearest: near },
  });
}
