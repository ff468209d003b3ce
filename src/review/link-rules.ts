import { isGitDirectory, NAME_LIMITS } from "./name-rules.js";

/**
 * Where a symbolic link from a worker may point: inside the tree, on a way that can be read off the text alone.
 *
 * Source: reference/sync.md §6, rule 8.
 */
export type LinkRule =
  | "link_empty"
  | "link_absolute"
  | "link_unreadable"
  | "link_escapes"
  | "link_winds"
  | "link_into_git"
  | "link_through_link";

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNREADABLE = /[\u0000-\u001f\u007f-\u009f\\\ufffd]/u;

/**
 * The first rule that a link breaks, or null.
 *
 * Shape: `..` only in front (a later one would depend on what the names before it are), never above the root; no step of
 * the way is itself in `links`, because two harmless links can lead out together.
 */
export function brokenLinkRule(path: string, target: string, links: ReadonlySet<string>): LinkRule | null {
  if (target === "") return "link_empty";
  if (target.startsWith("/") || /^[A-Za-z]:/u.test(target)) return "link_absolute";
  if (UNREADABLE.test(target) || Buffer.byteLength(target) > NAME_LIMITS.pathBytes) return "link_unreadable";
  const way = path.split("/").slice(0, -1);
  let isLeading = true;
  for (const component of target.split("/")) {
    if (component === "" || component === ".") continue;
    if (component === "..") {
      if (!isLeading) return "link_winds";
      if (way.pop() === undefined) return "link_escapes";
      continue;
    }
    isLeading = false;
    if (isGitDirectory(component)) return "link_into_git";
    way.push(component);
    if (links.has(way.join("/"))) return "link_through_link";
  }
  return null;
}
