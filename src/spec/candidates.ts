import { dirname, join } from "node:path";

export const SPEC_NAME = "limaform.toml";

/**
 * Where a spec may be, nearest first: in the folder and its parents, up to the git root or the home folder, whichever
 * comes first. A folder below neither is looked at alone: parents such as `/tmp` belong to everybody.
 *
 * Shape: all paths absolute, `start` in real form like the others.
 */
export function candidates(start: string, gitRoot: string | null, home: string | null): readonly string[] {
  const folders = [start];
  let folder = start;
  while (folder !== gitRoot && folder !== home) {
    const parent = dirname(folder);
    if (parent === folder) return [join(start, SPEC_NAME)];
    folder = parent;
    folders.push(folder);
  }
  return folders.map((path) => join(path, SPEC_NAME));
}
