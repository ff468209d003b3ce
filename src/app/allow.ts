import { UsageError } from "../errors/errors.js";
import { CATEGORIES, type Category } from "../review/categories.js";
import { quoteText } from "../util/quote.js";

/** `more`: words beside the categories. Errors: USAGE_ALLOW naming what is no category of the report. */
export function checkAllowed(allow: readonly string[], more: readonly string[] = []): readonly string[] {
  const unknown = allow.filter((word) => !CATEGORIES.includes(word as Category) && !more.includes(word));
  if (unknown.length === 0) return allow;
  throw new UsageError("USAGE_ALLOW", `--allow: there is no category ${unknown.map(quoteText).join(", ")}`, {
    hint: `categories are: ${[...CATEGORIES, ...more].join(", ")}`,
  });
}
