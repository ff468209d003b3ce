import { runWithText } from "../adapters/process/interactive.js";
import type { AppSession } from "./session.js";

/**
 * The user's own pager (`PAGER`, else less), which may not start other programs: the text it shows is a worker's.
 *
 * Shape: false where there is none; `PAGER=cat` or empty is none too.
 */
export async function page(session: AppSession, text: string): Promise<boolean> {
  const { env } = session.options;
  const [command = "", ...args] = (env.PAGER ?? "less").split(" ").filter((word) => word !== "");
  if (command === "" || command === "cat") return false;
  const own = { LESS: env.LESS ?? "FRX", LESSSECURE: "1", TERM: env.TERM ?? "dumb" };
  const base = { PATH: env.PATH ?? "/usr/bin:/bin", HOME: env.HOME ?? "/", LC_ALL: "C.UTF-8" };
  return runWithText({ command, args, cwd: "/", env: { ...base, ...own } }, text);
}
