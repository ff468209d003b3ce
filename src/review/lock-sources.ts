/* Where a lock file says that packages come from. Texts are a worker's: nothing here is more than shown. */
import { compareText } from "../util/compare.js";
import type { Json } from "../util/json.js";

/** Hosts that a changed lock file names now and did not before, and the other way round; raw text of a worker. */
export interface SourceChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const JSON_LOCKS: ReadonlySet<string> = new Set(["package-lock.json", "npm-shrinkwrap.json"]);
const GO_SUMS: ReadonlySet<string> = new Set(["go.sum", "go.work.sum"]);
const TEXT_LOCKS: ReadonlySet<string> = new Set([
  "yarn.lock",
  "pnpm-lock.yaml",
  "cargo.lock",
  "poetry.lock",
  "uv.lock",
]);

/** Words about a package that nothing is installed from. */
const TALK: ReadonlySet<string> = new Set(["funding", "deprecated", "license", "homepage", "bugs", "engines"]);

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1).toLowerCase();

/** True for the lock files whose sources are understood. */
export function hasSources(path: string): boolean {
  const name = nameOf(path);
  return JSON_LOCKS.has(name) || GO_SUMS.has(name) || TEXT_LOCKS.has(name);
}

/** Shape: both lists sorted; null = the new or old text is not such a lock file. */
export function compareSources(path: string, before: string, after: string): SourceChange | null {
  const old = sourcesOf(path, before);
  const now = sourcesOf(path, after);
  if (old === null || now === null) return null;
  return { added: without(now, old), removed: without(old, now) };
}

const without = (hosts: ReadonlySet<string>, others: ReadonlySet<string>): readonly string[] =>
  [...hosts].filter((host) => !others.has(host)).sort(compareText);

/** Hosts, and `file:` for packages of the same machine; null = unreadable. */
function sourcesOf(path: string, text: string): ReadonlySet<string> | null {
  if (text === "") return new Set();
  const name = nameOf(path);
  if (GO_SUMS.has(name)) return new Set(text.split("\n").flatMap((line) => line.match(/^[^/\s]+(?=[/\s])/u) ?? []));
  if (!JSON_LOCKS.has(name)) return hostsIn(text);
  try {
    return hostsIn(installTexts(JSON.parse(text)).join("\n"));
  } catch {
    // Not JSON, or nested without end: the report says so.
    return null;
  }
}

function installTexts(value: Json): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(installTexts);
  return Object.entries(value).flatMap(([key, inner]) => (TALK.has(key) ? [] : installTexts(inner)));
}

/** `git+ssh://user@host:22/…` and `git@host:…`; credentials are never shown. */
function hostsIn(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [, authority = ""] of text.matchAll(/[a-z]:\/\/([^/\s"'?#<>{},]{1,255})/giu)) found.add(hostOf(authority));
  for (const [, host = ""] of text.matchAll(/(?<!\/\/)\bgit@([a-z0-9.-]{1,255}):/giu)) found.add(host.toLowerCase());
  if (/\bfile:/iu.test(text)) found.add("file:");
  return found;
}

/** A backslash splits hosts differently from program to program: shown as it is, so it is always a new one. */
function hostOf(authority: string): string {
  const host = authority.includes("\\") ? authority : authority.slice(authority.lastIndexOf("@") + 1);
  return host.toLowerCase();
}
