/**
 * Which names may come back from a worker. Everything here judges one path as text; git's own object checks run before.
 *
 * Source: reference/sync.md §6, "Names and paths"; git's `utf8.c` (HFS) and `path.c` (NTFS) for the disguises of `.git`.
 */
export type NameRule =
  | "empty_component"
  | "dot_component"
  | "absolute"
  | "backslash"
  | "control_character"
  | "invalid_utf8"
  | "too_long"
  | "too_deep"
  | "git_directory"
  | "foreign_vcs_directory"
  | "git_file_as_link";

/** Units: UTF-8 bytes; depth in components. */
export const NAME_LIMITS = { componentBytes: 255, pathBytes: 1024, depth: 64 } as const;

/** C0, DEL, C1, and the characters that reorder text around them (a name that reads as another). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;
/** File systems that ignore such code points take `.g\u200cit` for `.git`; the set is wider than HFS+'s own. */
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
const FOREIGN_VCS: ReadonlySet<string> = new Set([".hg", ".svn", ".bzr", "_darcs", "cvs"]);
/** Files that git itself reads out of a tree; as links they would make it read elsewhere. */
const GIT_FILES = /^(\.git(modules|attributes|ignore)|\.mailmap|\.lfsconfig|gi[a-z0-9]{1,6}~\d+)$/;

/**
 * One key for all names that some file system takes for the same: compatibility forms, case and ignorable characters.
 *
 * Shape: idempotent for the names it is used on; not a name to write anywhere.
 */
export function disguiseKey(component: string): string {
  const folded = component.normalize("NFKC").replace(IGNORABLE, "").toUpperCase().toLowerCase();
  return folded.replace(/:.*$/su, "").replace(/[. ]+$/u, "");
}

/** True for `.git` in any spelling that a file system or a short name (`git~1`) may resolve to it. */
export function isGitDirectory(component: string): boolean {
  return /^(\.git|git~\d+)$/u.test(disguiseKey(component));
}

/** Rules that this path breaks; empty = the name is fine. `path` as git printed it, invalid UTF-8 decoded to U+FFFD. */
export function brokenNameRules(path: string, isLink: boolean): readonly NameRule[] {
  const broken = new Set<NameRule>();
  if (path.startsWith("/") || /^[A-Za-z]:(\/|$)/u.test(path)) broken.add("absolute");
  if (path.includes("\\")) broken.add("backslash");
  if (CONTROL.test(path)) broken.add("control_character");
  if (path.includes("\ufffd")) broken.add("invalid_utf8");
  if (Buffer.byteLength(path) > NAME_LIMITS.pathBytes) broken.add("too_long");
  const components = path.split("/");
  if (components.length > NAME_LIMITS.depth) broken.add("too_deep");
  for (const component of components) {
    if (component === "") broken.add("empty_component");
    if (component === "." || component === "..") broken.add("dot_component");
    if (Buffer.byteLength(component) > NAME_LIMITS.componentBytes) broken.add("too_long");
    if (isGitDirectory(component)) broken.add("git_directory");
    if (FOREIGN_VCS.has(disguiseKey(component))) broken.add("foreign_vcs_directory");
  }
  if (isLink && GIT_FILES.test(disguiseKey(components.at(-1) ?? ""))) broken.add("git_file_as_link");
  return [...broken].sort();
}
