import { isAbsolute, relative } from "node:path";

/** The path as a user standing in `from` would type it, where that is shorter than the absolute one. */
export function relativePath(from: string, path: string): string {
  if (!isAbsolute(path)) return path;
  const short = relative(from, path);
  return short === "" || short.length >= path.length ? path : short;
}
