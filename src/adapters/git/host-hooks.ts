/* Effects: reads the configuration of the user's repository. */
import { realpath } from "node:fs/promises";
import { relative, resolve, sep } from "node:path";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";

/**
 * Folders inside the work tree from which the user's git runs hooks (`core.hooksPath`): a change there is a change of
 * what executes. Relative to the top; empty when hooks come from elsewhere.
 */
export async function hookFolders(git: Git, top: string, times: GitTimes): Promise<readonly string[]> {
  // Our own calls switch hooks off by the same key on the command line, so the scopes are asked one by one.
  const ask = ["config", "--show-scope", "--type=path", "--get-all", "core.hooksPath"];
  const found = await git.inTree(top, ask, { ...times, exitCodes: [0, 1] });
  const folders: string[] = [];
  for (const line of found.stdout.split("\n")) {
    const [scope, path] = line.split("\t");
    if (path === undefined || scope === "command") continue;
    const inside = relative(await realpath(top), resolve(top, path));
    if (inside !== ".." && !inside.startsWith(`..${sep}`)) folders.push(inside.split(sep).join("/"));
  }
  return folders;
}
