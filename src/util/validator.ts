import type { Ajv, AnySchemaObject, ErrorObject, JSONSchemaType, SchemaObject, ValidateFunction } from "ajv";
import { newAjv } from "./ajv.js";
import { VALIDATORS_AHEAD } from "./validators-ahead.js";

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
 * Checks a value from outside and returns it typed, or all its violations. A schema that the build made no validator
 * for is compiled once, when first used.
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
  const made = VALIDATORS_AHEAD.get(JSON.stringify(schema)) ?? compile(schema);
  compiled.set(schema, made);
  return made as ValidateFunction<T>;
}

function compile(schema: object): ValidateFunction {
  // Such a validator runs once or twice: making it short takes longer than it saves.
  shared ??= newAjv({ optimize: false });
  return shared.compile(schema);
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
