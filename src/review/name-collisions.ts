/**
 * Names that are different in git and one on a file system that folds case or Unicode forms.
 *
 * Holds every file and folder name of a tree by its folded path, so that a history can be followed commit by commit.
 */
export interface NameTable {
  /** Folded path → spellings with the number of files at or below them. */
  readonly spellings: Map<string, Map<string, number>>;
}

export function createNameTable(): NameTable {
  return { spellings: new Map() };
}

function foldPath(path: string): string {
  return path.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}

/** A file's own path and those of the folders above it. */
function prefixes(path: string): readonly string[] {
  const found: string[] = [];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) found.push(path.slice(0, at));
  found.push(path);
  return found;
}

export function addName(table: NameTable, path: string): void {
  for (const prefix of prefixes(path)) {
    const key = foldPath(prefix);
    const counts = table.spellings.get(key) ?? new Map<string, number>();
    counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
    table.spellings.set(key, counts);
  }
}

export function removeName(table: NameTable, path: string): void {
  for (const prefix of prefixes(path)) {
    const key = foldPath(prefix);
    const counts = table.spellings.get(key);
    const count = counts?.get(prefix);
    if (counts === undefined || count === undefined) continue;
    if (count > 1) counts.set(prefix, count - 1);
    else counts.delete(prefix);
    if (counts.size === 0) table.spellings.delete(key);
  }
}

/** Another spelling that one of this path's names collides with, or null. Old collisions elsewhere are not its fault. */
export function collisionOf(table: NameTable, path: string): { readonly ours: string; readonly other: string } | null {
  for (const prefix of prefixes(path)) {
    const counts = table.spellings.get(foldPath(prefix));
    if (counts === undefined || counts.size < 2) continue;
    const other = [...counts.keys()].sort().find((spelling) => spelling !== prefix);
    if (other !== undefined) return { ours: prefix, other };
  }
  return null;
}
