import { existsSync, readFileSync } from "node:fs";
import { Ajv, type AnySchemaObject, type ValidateFunction } from "ajv";

/*
 * Holds everything that the program prints for machines against schemas/. Stricter than the schemas are for readers: here
 * a field that no schema knows is wrong, because it would be printed without being documented.
 */

const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** What is wrong with a document of limaform, by the schema of its `format`; empty where nothing is. */
export function problemsOfDocument(document: unknown): readonly string[] {
  const format = String((document as { format?: unknown } | null)?.format);
  if (!format.startsWith("limaform.")) return [`no document of limaform: ${format}`];
  return problemsBy(format.slice("limaform.".length), document);
}

/** The same for an event of the stream. */
export const problemsOfEvent = (event: unknown): readonly string[] => problemsBy("event", event);

/** Throws where a command line with `--json` has not printed exactly one right document, or its events are wrong. */
export function checkOutput(argv: readonly string[], stdout: string, readEvents = true): void {
  const end = argv.indexOf("--");
  const words = end === -1 ? argv : argv.slice(0, end);
  const wrong = words.includes("--json") ? problemsOfText(stdout) : [];
  const file = words[words.indexOf("--events") + 1];
  const events = readEvents && words.includes("--events") && file !== undefined ? problemsOfStream(file) : [];
  const all = [...wrong, ...events];
  if (all.length > 0) throw new Error(`limaform ${argv.join(" ")}: ${all.slice(0, 8).join("; ")}\n${stdout}`);
}

function problemsOfText(stdout: string): readonly string[] {
  try {
    return problemsOfDocument(JSON.parse(stdout));
  } catch (error) {
    if (error instanceof SyntaxError) return [`stdout is not one JSON document: ${error.message}`];
    throw error;
  }
}

function problemsOfStream(file: string): readonly string[] {
  if (!existsSync(file)) return [];
  // A line that is still being written is left out.
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.flatMap((line) => problemsOfEvent(JSON.parse(line)).map((problem) => `${problem} in ${line}`));
}

function problemsBy(name: string, value: unknown): readonly string[] {
  const validate = validators.get(name) ?? compile(name);
  if (validate === null) return [`there is no schemas/${name}.schema.json`];
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${name}${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

function compile(name: string): ValidateFunction | null {
  const file = new URL(`../../schemas/${name}.schema.json`, import.meta.url);
  if (!existsSync(file)) return null;
  const validate = ajv.compile(closed(JSON.parse(readFileSync(file, "utf8"))) as AnySchemaObject);
  validators.set(name, validate);
  return validate;
}

/** The same schema with no room for fields that it does not name. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, closed(part)]));
  const isOpen = parts.type === "object" && "properties" in parts && !("additionalProperties" in parts);
  return isOpen ? { ...parts, additionalProperties: false } : parts;
}
