import { findTemplate } from "../adapters/host/prompt-templates.js";
import { UsageError } from "../errors/errors.js";
import { BUILT_IN, fillTemplate, isVariableName } from "../runs/template.js";
import type { AppSession } from "./session.js";

/**
 * A prompt from `.limaform/prompts/NAME.md` of the repository, with the variables that were given. `{{slot}}` stays, and
 * with tasks `{{task}}` and `{{prompt}}`: they are filled in for each part.
 *
 * Errors: USAGE_TEMPLATE naming every variable that is missing, and every given one that the template does not name.
 */
export async function readTemplate(
  session: AppSession,
  name: string,
  { vars, hasTasks }: { readonly vars: readonly string[]; readonly hasTasks: boolean },
): Promise<string> {
  const { spec } = await session.spec();
  const root = (await session.repository.topLevel(spec.root)) ?? spec.root;
  const { text, file, names } = await findTemplate(root, name);
  if (text === null) {
    const known = names.length === 0 ? "there are none" : `there are: ${names.join(", ")}`;
    const hint = file === null ? "its name is letters, digits, - and _, without .md" : `write it: ${file}`;
    throw wrong(`there is no template ${JSON.stringify(name)} in .limaform/prompts; ${known}`, hint);
  }
  const filled = fillTemplate(text, valuesOf(vars), hasTasks ? BUILT_IN : ["slot"]);
  if (filled.ok) return filled.text;
  const missing = filled.missing.length === 0 ? [] : [`needs ${filled.missing.join(", ")}`];
  const unused = filled.unused.length === 0 ? [] : [`has no use for ${filled.unused.join(", ")}`];
  const asked = filled.missing.filter((each) => !isBuiltIn(each)).map((each) => `--var ${each}=…`);
  const own = filled.missing.some(isBuiltIn) ? ["{{task}} and {{prompt}} are those of a task: --tasks FILE"] : [];
  const hint = [...asked, ...own].join(" ");
  throw wrong(
    `the template ${name} ${[...missing, ...unused].join(" and ")}`,
    hint === "" ? `look at it: ${file}` : hint,
  );
}

const isBuiltIn = (name: string): boolean => (BUILT_IN as readonly string[]).includes(name);

function valuesOf(vars: readonly string[]): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const word of vars) {
    const cut = word.indexOf("=");
    const name = word.slice(0, Math.max(0, cut));
    if (cut === -1 || !isVariableName(name)) throw wrong(`--var ${word}: expected NAME=VALUE`, "");
    if (Object.hasOwn(values, name)) throw wrong(`--var ${name} is given twice`, "");
    if (isBuiltIn(name)) throw wrong(`--var ${name}: limaform sets it by itself`, "");
    values[name] = word.slice(cut + 1);
  }
  return values;
}

const wrong = (text: string, hint: string): UsageError => new UsageError("USAGE_TEMPLATE", text, { hint });
