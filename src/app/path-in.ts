import { isAbsolute, relative, resolve, sep } from "node:path";
import { UsageError } from "../errors/errors.js";
import { quoteText } from "../util/quote.js";

/**
 * A typed path as one from the top of the code, with `/`; `.` for the top itself.
 *
 * Shape: `root` and `from` are real paths; what is typed need not exist. Errors: USAGE_PATH_OUTSIDE.
 */
export function pathIn(root: string, from: string, typed: string): string {
  const inside = relative(root, resolve(from, typed));
  if (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) {
    return inside === "" ? "." : inside.split(sep).join("/");
  }
  throw new UsageError("USAGE_PATH_OUTSIDE", `${quoteText(typed)} is not in ${root}`, {
    hint: "name paths in the folder of the code, from where you are",
  });
}
