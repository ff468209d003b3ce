/* Effects: reads the templates of prompts that a repository holds. */
import { lstat, readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { compareText } from "../../util/compare.js";
import { codeOf, readIfThere } from "./files.js";

const FOLDER = join(".limaform", "prompts");
const ENDING = ".md";
/** A name, never a path. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/u;

/** What there is, or what was asked for. `text` null: there is no such template, or it leads out of the folder. */
export interface FoundTemplate {
  readonly text: string | null;
  /** Where it would lie; null: nothing can have that name. */
  readonly file: string | null;
  readonly names: readonly string[];
}

/** Links are not followed: a template is text of the repository itself, not of whatever a link in it names. */
export async function findTemplate(root: string, name: string): Promise<FoundTemplate> {
  const folder = join(root, FOLDER);
  const names = await namesIn(folder);
  if (!NAME.test(name)) return { text: null, file: null, names };
  const file = join(folder, `${name}${ENDING}`);
  if (!names.includes(name)) return { text: null, file, names };
  const isInside = (await realpath(file)).startsWith((await realpath(root)) + sep);
  return { text: isInside ? await readIfThere(file) : null, file, names };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    const found: string[] = [];
    for (const entry of (await readdir(folder)).sort(compareText)) {
      const name = entry.slice(0, -ENDING.length);
      if (!entry.endsWith(ENDING) || !NAME.test(name)) continue;
      if ((await lstat(join(folder, entry))).isFile()) found.push(name);
    }
    return found;
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return [];
    throw error;
  }
}
