import { BugError } from "../errors/errors.js";
import type { SpecKey } from "../resources/kind.js";
import type { Json } from "../util/json.js";
import { checkValue } from "./check-value.js";
import { type Layer, locateIn } from "./layer.js";
import { widen } from "./parse.js";

const ORDER = 3;

/** Keys that a command sets by an argument: no flag has their name, so the command is what a user knows. */
const COMMANDS: Readonly<Record<string, string>> = { workers: "limaform spawn" };

/** Values from flags, by dotted key. Errors: BUG_INTERNAL for a key that does not exist (flags are code of ours). */
export function readFlagLayer(flags: Readonly<Record<string, Json>>, keys: readonly SpecKey[]): Layer {
  const checked = Object.entries(flags).map(([name, value]) => {
    const key = keys.find((candidate) => candidate.key === name);
    if (key === undefined) throw new BugError(`a flag sets the key ${name}, which does not exist`);
    const command = COMMANDS[name];
    const flag = command ?? `--${name.replace(/[._]/g, "-")}`;
    const locate = locateIn(command ?? `flag ${flag}`, ORDER);
    return { key, flag, locate, result: checkValue(key, widen(value)) };
  });
  return {
    settings: checked.flatMap(({ key, flag, locate, result }) =>
      result.ok ? [{ key, value: result.value, origin: { layer: "flag" as const, flag }, locate }] : [],
    ),
    diagnostics: checked.flatMap(({ locate, result }) => (result.ok ? [] : result.problems.map(locate))),
    wrong: checked.filter(({ result }) => !result.ok).map(({ key }) => key.key),
    warnings: [],
    isUnreadable: false,
  };
}
