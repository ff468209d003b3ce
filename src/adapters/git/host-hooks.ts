/* Effects: reads the configuration of the user's repository. */
import { realpath } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import type { GitTimes } from "./bare.js";
import type { Git } from "./git.js";

/** Values that git takes as the path of a file or folder, from the top of the work tree. */
const PATH_KEYS = "^(core\\.(hookspath|attributesfile)|init\\.templatedir)$";
/** Values that are a path beside the configuration file that names them. */
const INCLUDE_KEYS = "^include(if\\..*)?\\.path$";
/** Values that git runs: a program, or a line for a shell. */
const COMMAND_KEYS = [
  "^(core\\.(editor|pager|fsmonitor|sshcommand|askpass|gitproxy|alternaterefscommand)|sequence\\.editor",
  "gpg\\..*program|filter\\..*\\.(clean|smudge|process)|diff\\.external|diff\\..*\\.(command|textconv)",
  "merge\\..*\\.driver|(difftool|mergetool)\\..*\\.(cmd|path)|credential\\..*helper|alias\\..*|pager\\..*",
  "trailer\\..*\\.(cmd|command)|interactive\\.difffilter|uploadpack\\.packobjectshook|remote\\..*\\.(uploadpack|receivepack))$",
].join("|");

/**
 * Files and folders inside the work tree that the user's git runs or reads its configuration from: hook folders, filters,
 * drivers, aliases, included files. A change there is a change of what executes.
 *
 * Shape: relative to the top; empty when nothing of that kind points inside.
 */
export async function hookFolders(git: Git, top: string, times: GitTimes): Promise<readonly string[]> {
  const real = await realpath(top);
  const found = new Set<string>();
  const add = async (from: string, path: string, what: "path" | "word"): Promise<void> => {
    const inside = relative(real, await realOrResolved(resolve(from, path)));
    // The top itself in a command is where it goes to, not what it runs.
    if (inside === ".." || inside.startsWith(`..${sep}`) || (inside === "" && what === "word")) return;
    found.add(inside.split(sep).join("/"));
  };
  for (const { value } of await readConfig(git, real, ["--type=path", "--get-regexp", PATH_KEYS], times)) {
    await add(real, value, "path");
  }
  for (const { value, file } of await readConfig(git, real, ["--type=path", "--get-regexp", INCLUDE_KEYS], times)) {
    if (file !== null) await add(dirname(resolve(real, file)), value, "path");
  }
  for (const { value } of await readConfig(git, real, ["--get-regexp", COMMAND_KEYS], times)) {
    // A word without a slash is a program of the PATH or an argument.
    const words = value
      .replace(/^!/u, "")
      .split(/[\s"';|&()]+/u)
      .filter((word) => word.includes("/"));
    for (const word of words) await add(real, word, "word");
  }
  return [...found];
}

interface ConfigValue {
  /** File that it stands in; null for the command line. */
  readonly file: string | null;
  readonly value: string;
}

/** Our own calls switch hooks off on the command line: what comes from there is left out. */
async function readConfig(
  git: Git,
  top: string,
  query: readonly string[],
  times: GitTimes,
): Promise<readonly ConfigValue[]> {
  const ask = ["config", "-z", "--show-scope", "--show-origin", ...query];
  const fields = (await git.inTree(top, ask, { ...times, exitCodes: [0, 1] })).stdout.split("\0");
  const values: ConfigValue[] = [];
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const [scope, origin = "", entry = ""] = fields.slice(at, at + 3);
    const value = entry.includes("\n") ? entry.slice(entry.indexOf("\n") + 1) : "";
    if (scope === "command" || value === "") continue;
    values.push({ file: origin.startsWith("file:") ? origin.slice("file:".length) : null, value });
  }
  return values;
}

/** The real path as far as there is one: a path through a link may lead inside although it does not look so. */
async function realOrResolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (!(error instanceof Error) || !("code" in error) || parent === path) return path;
    return join(await realOrResolved(parent), basename(path));
  }
}
