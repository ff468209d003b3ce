import type { SpecKey } from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import { escapeLine } from "../util/escape.js";
import { nearest } from "../util/nearest.js";
import { checkValue, type ValueProblem } from "./check-value.js";
import { notSupported } from "./collect.js";
import { type Layer, locateIn, type Setting, wholeValue } from "./layer.js";
import type { TomlNode } from "./parse.js";

const PREFIX = "LIMAFORM_";
const ORDER = 2;

/** Variables of limaform that set no key. */
export const OTHER_VARIABLES: readonly string[] = ["LIMAFORM_CONFIG", "LIMAFORM_OWNER", "LIMAFORM_SETUP_CACHE"];

export type Environment = Readonly<Record<string, string | undefined>>;

/** `vm.cpus` → `LIMAFORM_VM_CPUS`. */
export function variableOf(key: SpecKey): string {
  return PREFIX + key.key.toUpperCase().replaceAll(".", "_");
}

/** Values from the environment. An empty variable counts as absent: CI systems pass such. */
export function readEnvironmentLayer(env: Environment, keys: readonly SpecKey[]): Layer {
  const byVariable = new Map(keys.map((key) => [variableOf(key), key]));
  const given = Object.entries(env)
    .filter(([name, text]) => name.startsWith(PREFIX) && text !== undefined && text !== "")
    .sort(([left], [right]) => compareText(left, right));
  const settings: Setting[] = [];
  const diagnostics: ReturnType<Setting["locate"]>[] = [];
  const wrong: string[] = [];
  const warnings: string[] = [];
  for (const [variable, text = ""] of given) {
    const key = byVariable.get(variable);
    if (key === undefined) {
      if (!OTHER_VARIABLES.includes(variable)) warnings.push(unknownVariable(variable, byVariable));
      continue;
    }
    const locate = locateIn(`environment variable ${variable}`, ORDER);
    const checked = checkVariable(key, text);
    if (checked.ok) {
      settings.push({ key, value: checked.value, origin: { layer: "environment", variable }, locate });
    } else {
      wrong.push(key.key);
      diagnostics.push(...checked.problems.map(locate));
    }
  }
  return { settings, diagnostics, wrong, warnings, isUnreadable: false };
}

function checkVariable(key: SpecKey, text: string): ReturnType<typeof checkValue> {
  const refusal = refusalOf(key);
  return refusal === null ? checkValue(key, readScalar(key, text)) : { ok: false, problems: [refusal] };
}

function refusalOf(key: SpecKey): ValueProblem | null {
  if (key.notYet) return notSupported(key.key.split("."));
  const refuse = (why: string) =>
    wholeValue(
      key,
      "SPEC_NOT_FROM_ENVIRONMENT",
      `${key.key} cannot be set by the environment: ${why}`,
      "set it in limaform.toml",
    );
  if (key.layer !== "any" && key.key !== "project") {
    return refuse("it decides what images are made of, and two people on one host would replace each other's workers");
  }
  return ["string", "integer", "boolean"].includes(key.schema.type) ? null : refuse("it is not a single value");
}

/** The text as the key's type has it; what does not read as that type stays text, and the schema refuses it. */
function readScalar(key: SpecKey, text: string): TomlNode {
  if (key.schema.type === "integer" && /^[+-]?[0-9]{1,20}$/.test(text)) return BigInt(text);
  if (key.schema.type === "boolean" && /^(true|false)$/.test(text)) return text === "true";
  return text;
}

function unknownVariable(variable: string, known: ReadonlyMap<string, SpecKey>): string {
  const names = [...known.keys(), ...OTHER_VARIABLES].map((name) => name.slice(PREFIX.length));
  const near = nearest(variable.slice(PREFIX.length), names);
  const hint = near === null ? "" : ` (did you mean ${PREFIX}${near}?)`;
  return `environment variable ${escapeLine(variable)} is not known and has no effect${hint}`;
}
