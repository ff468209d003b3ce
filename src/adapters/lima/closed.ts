import { escapeLine } from "../../util/escape.js";
import type { ConfigDeviation } from "../../world/world.js";
import { RULES, type Rule } from "./closed-rules.js";
import { type Fields, fieldsAt, isEmpty, isFields } from "./fields.js";

/** Files that Lima merges into every instance, strongest first, with what stands in them. */
export interface MergedFile {
  readonly path: string;
  readonly fields: Fields;
  /** `create`: folded into the instance's own file once, when it is created. `load`: merged at every load. */
  readonly at: "load" | "create";
}

export interface ClosedCheck {
  /** Resolved configuration of the listing. */
  readonly resolved: Fields;
  /** The instance's own `lima.yaml`. */
  readonly raw: Fields;
  readonly rawPath: string;
  readonly merged: readonly MergedFile[];
}

const LONGEST_VALUE = 120;

/**
 * Where the resolved configuration leaves the closed allow-list.
 *
 * Shape: sorted by key as the configuration has it; empty = closed. A key that nobody here knows is a deviation unless
 * it is empty; in a file that Lima reads it is one too, because Lima's listing leaves out what it does not know itself.
 * Source: design page §3.7.
 */
export function checkClosed(check: ClosedCheck): readonly ConfigDeviation[] {
  // Nothing resolved at all is not a closed instance.
  const required = check.resolved.plain === undefined ? { plain: undefined } : {};
  const merged = check.merged.filter(({ at }) => at === "load").map(({ fields }) => fields);
  const resolved: ConfigDeviation[] = [];
  judge({ ...required, ...check.resolved }, { path: [], parts: NESTED, own: check.raw, merged }, check, resolved);
  const unknown = unknownKeys(check);
  if (unknown.length === 0) return resolved;
  const seen = new Set(resolved.map(({ key }) => key));
  return [...resolved, ...unknown.filter(({ key }) => !seen.has(key))];
}

/** A place in a configuration, with the rules of what stands there. */
interface Place {
  readonly path: readonly string[];
  readonly parts: Parts;
}

/** The same place in the own file and in those that are merged at every load. */
interface PlaceInFiles extends Place {
  readonly own: Fields;
  readonly merged: readonly Fields[];
}

/** Adds to `deviations`; of hundreds of instances there are none, and nothing is made for what is right. */
function judge(value: Fields, place: PlaceInFiles, check: ClosedCheck, deviations: ConfigDeviation[]): void {
  const { path, parts, own, merged } = place;
  for (const [name, found] of Object.entries(value)) {
    const rule = parts.get(name);
    if (rule instanceof Map && isFields(found)) {
      const inner = merged.map((fields) => fieldsAt(fields, name));
      judge(found, { path: [...path, name], parts: rule, own: fieldsAt(own, name), merged: inner }, check, deviations);
      continue;
    }
    const expected =
      typeof rule === "function"
        ? rule(found, { raw: check.raw, own: own[name], isMerged: merged.some((file) => file[name] !== undefined) })
        : isEmpty(found) || found === false
          ? null
          : "nothing";
    if (expected === null) continue;
    const here = [...path, name];
    deviations.push(deviation(here, found, expected, fileOf(here, found, check)));
  }
}

/** Keys that stand in a file and have no rule. What rules there are is judged on the resolved value alone. */
function unknownKeys({ raw, rawPath, merged }: ClosedCheck): readonly ConfigDeviation[] {
  const files = [...merged.filter(({ at }) => at === "load"), { path: rawPath, fields: raw }];
  return files.flatMap(({ path: file, fields }) =>
    unknownIn(fields, { path: [], parts: NESTED }).map(({ path, found }) =>
      deviation(path, found, "no key that limaform knows", file),
    ),
  );
}

interface Found {
  readonly path: readonly string[];
  readonly found: unknown;
}

function unknownIn(fields: Fields, { path, parts }: Place): readonly Found[] {
  return Object.entries(fields).flatMap(([name, found]) => {
    const rule = parts.get(name);
    if (typeof rule === "function" || isEmpty(found)) return [];
    const here = [...path, name];
    return rule !== undefined && isFields(found)
      ? unknownIn(found, { path: here, parts: rule })
      : [{ path: here, found }];
  });
}

/** The rules as a configuration nests them. By names that come from files: `constructor` is no rule. */
interface Parts extends Map<string, Rule | Parts> {}

function nested(rules: Readonly<Record<string, Rule>>): Parts {
  const top: Parts = new Map();
  for (const [key, rule] of Object.entries(rules)) {
    const words = key.split(".");
    const last = words.pop() ?? "";
    let parts = top;
    for (const word of words) {
      const inner = parts.get(word);
      const next: Parts = inner instanceof Map ? inner : new Map();
      parts.set(word, next);
      parts = next;
    }
    parts.set(last, rule);
  }
  return top;
}

const NESTED = nested(RULES);

function deviation(path: readonly string[], found: unknown, expected: string, file: string | null): ConfigDeviation {
  const text = found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found));
  const shown = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  return { key: escapeLine(path.join(".")), found: escapeLine(shown), expected: escapeLine(expected), file };
}

/**
 * The file that brought a value in: the strongest that says the same, else (lists are joined) the strongest that says
 * anything, else the instance's own. What `base.yaml` brought is in the own file since the creation.
 */
function fileOf(path: readonly string[], found: unknown, { raw, rawPath, merged }: ClosedCheck): string | null {
  const own = { path: rawPath, fields: raw };
  const says = ({ fields }: { readonly fields: Fields }) => valueAt(fields, path) !== undefined;
  const saysThis = ({ fields }: { readonly fields: Fields }) =>
    JSON.stringify(valueAt(fields, path)) === JSON.stringify(found);
  const files = merged.filter((file) => file.at === "load" && says(file));
  // The own file is weaker than override.yaml and stronger than default.yaml; where both say it, both must go anyway.
  const named = [...files, own].find(saysThis) ?? files[0] ?? (says(own) ? own : null);
  if (named !== own) return named?.path ?? null;
  return merged.find((file) => file.at === "create" && saysThis(file))?.path ?? rawPath;
}

function valueAt(fields: Fields, path: readonly string[]): unknown {
  let value: unknown = fields;
  for (const name of path) {
    if (!isFields(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
