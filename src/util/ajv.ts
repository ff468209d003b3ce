import { _, Ajv, type CodeOptions } from "ajv";
import { readSize } from "./bytes.js";
import { readDuration } from "./duration.js";

/* The one home of ajv. Formats of ours: `size`, `duration`. Keywords of ours: `minSize`, and `expected` (words for people). */

/** What code that was made at the build calls, under these names. */
export const formats = {
  size: (text: string): boolean => readSize(text) !== null,
  duration: (text: string): boolean => readDuration(text) !== null,
};

/** What is no size at all is the format's to say. */
export function isAtLeast(minimum: string, text: string): boolean {
  return (readSize(text) ?? Number.POSITIVE_INFINITY) >= (readSize(minimum) ?? 0);
}

/** Schemas are code of ours and checked by a test; checking them at each start would cost more than all the rest. */
export function newAjv(code: CodeOptions): Ajv {
  const ajv = new Ajv({
    ...{ allErrors: true, verbose: true, validateSchema: false, meta: false, addUsedSchema: false },
    code,
  });
  for (const [name, check] of Object.entries(formats)) ajv.addFormat(name, check);
  ajv.addKeyword({
    ...{ keyword: "minSize", type: "string", schemaType: "string" },
    // It writes code instead of being a function, because a function could not be kept in the build.
    code(context) {
      const check = context.gen.scopeValue("func", { ref: isAtLeast, code: _`isAtLeast` });
      context.fail(_`!${check}(${context.schema}, ${context.data})`);
    },
  });
  ajv.addKeyword({ keyword: "expected", schemaType: "string" });
  return ajv;
}
