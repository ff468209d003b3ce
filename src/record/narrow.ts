import { StoreError } from "../errors/errors.js";

/* Outside input stays `unknown` until one of these said what it is. */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** A whole number from 0 on that JSON and JavaScript agree about. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The JSON value of a text; undefined (which JSON does not have) where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Errors: STORE_NEWER_FORMAT where a newer limaform wrote the file, naming that version. */
export function refuseNewer(
  file: string,
  found: { readonly version: unknown; readonly engine: unknown },
  ours: number,
) {
  if (!isCount(found.version) || found.version <= ours) return;
  const writer = isText(found.engine) ? `limaform ${found.engine}` : "a newer limaform";
  throw new StoreError(
    "STORE_NEWER_FORMAT",
    `${file} was written by ${writer} in format ${found.version}; this limaform reads up to format ${ours}`,
    {
      hint: `Use ${writer} for this project. To see which one runs here: limaform version`,
      details: { file, version: found.version, engine: isText(found.engine) ? found.engine : null },
    },
  );
}
