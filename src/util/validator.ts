import {
  Ajv,
  type AnySchemaObject,
  type ErrorObject,
  type JSONSchemaType,
  type SchemaObject,
  type ValidateFunction,
} from "ajv";
import { readSize } from "./bytes.js";
import { readDuration } from "./duration.js";

/* The one home of ajv. Formats of ours: `size`, `duration`. Keywords of ours: `minSize`, and `expected` (words for people). */

/** One way in which a value breaks its schema. */
export interface Violation {
  /** From the value's root; numbers are list indices. */
  readonly path: readonly (string | number)[];
  /** Keyword of JSON schema: `type`, `required`, `maximum` … */
  readonly rule: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The part of the schema that was broken. */
  readonly schema: AnySchemaObject;
  /** Plain words, without the path. */
  readonly text: string;
}

export type Validation<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly violations: readonly Violation[] };

type Schema<T> = JSONSchemaType<T> | SchemaObject | AnySchemaObject;

let shared: Ajv | null = null;
const compiled = new WeakMap<object, ValidateFunction>();

/**
 * Checks a value from outside and returns it typed, or all its violations. Each schema is compiled once, when first used.
 *
 * Shape: violations as ajv finds them; one per broken keyword, so a value may have several.
 */
export function validate<T>(schema: Schema<T>, value: unknown): Validation<T> {
  const check = validatorOf<T>(schema);
  if (check(value)) return { ok: true, value };
  return { ok: false, violations: (check.errors ?? []).flatMap((error) => violationOf(error, value)) };
}

function validatorOf<T>(schema: Schema<T>): ValidateFunction<T> {
  const known = compiled.get(schema);
  if (known !== undefined) return known as ValidateFunction<T>;
  shared ??= newAjv();
  const made = shared.compile<T>(schema);
  compiled.set(schema, made);
  return made;
}

/** Schemas are code of ours and checked by a test; checking them at each start would cost more than all the rest. */
function newAjv(): Ajv {
  const ajv = new Ajv({
    ...{ allErrors: true, verbose: true, validateSchema: false, meta: false, addUsedSchema: false },
    // Each validator runs once or twice: making it short takes longer than it saves.
    code: { optimize: false },
  });
  ajv.addFormat("size", (text) => readSize(text) !== null);
  ajv.addFormat("duration", (text) => readDuration(text) !== null);
  ajv.addKeyword({ keyword: "minSize", type: "string", schemaType: "string", validate: isAtLeast });
  ajv.addKeyword({ keyword: "expected", schemaType: "string" });
  return ajv;
}

/** What is no size at all is the format's to say. */
function isAtLeast(minimum: string, text: string): boolean {
  return (readSize(text) ?? Number.POSITIVE_INFINITY) >= (readSize(minimum) ?? 0);
}

/** The broken rule inside `propertyNames` is dropped: the outer one names the property. */
function violationOf(error: ErrorObject, value: unknown): readonly Violation[] {
  if (error.propertyName !== undefined) return [];
  return [
    {
      path: resolvePointer(error.instancePath, value),
      rule: error.keyword,
      params: error.params,
      schema: error.parentSchema ?? {},
      text: error.message ?? `breaks ${error.keyword}`,
    },
  ];
}

/** A JSON pointer does not tell `"0"` from index 0; the value it points into does. */
function resolvePointer(pointer: string, root: unknown): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let current: unknown = root;
  for (const token of pointer.split("/").slice(1)) {
    const name = token.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(current) ? Number(name) : name);
    current = current !== null && typeof current === "object" ? Reflect.get(current, name) : undefined;
  }
  return path;
}
