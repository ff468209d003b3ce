import { BugError, LimaformError, withSystemReason } from "../errors/errors.js";
import type { ErrorDocument } from "./event.js";

/** An error as documents and events carry it; what is no error of ours is a bug. */
export function toErrorDocument(thrown: unknown): ErrorDocument {
  const error = withSystemReason(thrown);
  if (error instanceof LimaformError) {
    return { code: error.code, message: error.message, hint: error.hint, details: error.details };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return toErrorDocument(new BugError(`unexpected failure: ${text}`, { cause: error }));
}
