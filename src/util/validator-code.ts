import { _, type AnySchemaObject } from "ajv";
import standalone from "ajv/dist/standalone/index.js";
import { newAjv } from "./ajv.js";

/* Of the build only: writes validators as code, so that no start has to compile them. */

/** The text of a module that exports what `validators-ahead.ts` does, for these schemas. It stands beside `ajv.ts`. */
export function validatorCode(schemas: readonly AnySchemaObject[]): string {
  const ajv = newAjv({ source: true, esm: true, formats: _`formats` });
  const texts = [...new Set(schemas.map((schema) => JSON.stringify(schema)))];
  const names = texts.map((text, at) => {
    ajv.addSchema(JSON.parse(text), `check${at}`);
    return `check${at}`;
  });
  const entries = texts.map((text, at) => `[${JSON.stringify(text)}, ${names[at]}]`);
  return [
    'import { formats, isAtLeast } from "./ajv.js";',
    standalone.default(ajv, Object.fromEntries(names.map((name) => [name, name]))),
    `export const VALIDATORS_AHEAD = new Map([\n${entries.join(",\n")}\n]);`,
    "",
  ].join("\n");
}
