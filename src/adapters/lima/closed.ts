import { escapeLine } from "../../util/escape.js";
import type { ConfigDeviation } from "../../world/world.js";
import { RULES } from "./closed-rules.js";
import { type Fields, isEmpty, isFields } from "./fields.js";

/** Files that Lima merges into every instance at every load, strongest first, with what stands in them. */
export interface MergedFile {
  readonly path: string;
  readonly fields: Fields;
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
 * it is empty.
 * Source: design page §3.7.
 */
export function checkClosed(check: ClosedCheck): readonly ConfigDeviation[] {
  // Nothing resolved at all is not a closed instance.
  const required = check.resolved.plain === undefined ? { plain: undefined } : {};
  return walk({ ...required, ...check.resolved }, [], check);
}

function walk(value: Fields, path: readonly string[], check: ClosedCheck): readonly ConfigDeviation[] {
  return Object.entries(value).flatMap(([name, found]) => {
    const here = [...path, name];
    const key = here.join(".");
    const rule = RULES[key];
    if (rule !== undefined) {
      const expected = rule(found, check.raw);
      return expected === null ? [] : [deviation(here, found, expected, check)];
    }
    const hasParts = Object.keys(RULES).some((other) => other.startsWith(`${key}.`));
    if (hasParts && isFields(found)) return walk(found, here, check);
    return isEmpty(found) || found === false ? [] : [deviation(here, found, "nothing", check)];
  });
}

function deviation(path: readonly string[], found: unknown, expected: string, check: ClosedCheck): ConfigDeviation {
  const text = found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found));
  const shown = text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
  const merged = check.merged.find((file) => has(file.fields, path));
  const file = merged?.path ?? (has(check.raw, path) ? check.rawPath : null);
  return { key: path.join("."), found: escapeLine(shown), expected, file };
}

function has(fields: Fields, path: readonly string[]): boolean {
  let value: unknown = fields;
  for (const name of path) {
    if (!isFields(value) || !(name in value)) return false;
    value = value[name];
  }
  return true;
}
