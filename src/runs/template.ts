/* Templates of prompts: text with `{{name}}`. No conditions and no loops: a prompt is read by people first. */

export type Filled =
  | { readonly ok: true; readonly text: string }
  /** `missing`: named in the text, given by nobody. `unused`: given, named nowhere. Each sorted. */
  | { readonly ok: false; readonly missing: readonly string[]; readonly unused: readonly string[] };

/** Filled in for each part of a run. */
export const BUILT_IN = ["slot", "task", "prompt"] as const;
export type BuiltIn = (typeof BUILT_IN)[number];

const PLACE = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}/gu;

export const isVariableName = (text: string): boolean => /^[A-Za-z_][A-Za-z0-9_-]*$/u.test(text);

/** Names in the order in which they first come. */
export function variablesOf(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name = ""]) => name))];
}

/**
 * Puts values in. What a value holds is not looked through again, so that no variable can bring in another. `later`: names
 * that stay as they are, to be filled in for each part.
 */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>, later: readonly string[]): Filled {
  const named = variablesOf(text);
  const missing = named.filter((name) => !Object.hasOwn(values, name) && !later.includes(name)).sort();
  const unused = Object.keys(values)
    .filter((name) => !named.includes(name))
    .sort();
  if (missing.length > 0 || unused.length > 0) return { ok: false, missing, unused };
  return { ok: true, text: put(text, values) };
}

/** The last step, for one part. */
export function fillBuiltIns(text: string, values: Readonly<Partial<Record<BuiltIn, string>>>): string {
  return put(text, values as Readonly<Record<string, string>>);
}

function put(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACE, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}
