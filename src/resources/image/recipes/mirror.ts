/*
 * `tools.mirror.NAME`: a URL in the layout of the tool's maker, or in that of a registry, named in front: `npm+https://…`.
 */

export interface Mirror {
  /** Empty for the maker's own layout. */
  readonly scheme: string;
  /** Without a slash at its end. */
  readonly base: string;
}

/** Null for what is no such URL. A login in it would stand in plans and logs: it counts as none. */
export function parseMirror(text: string): Mirror | null {
  const match = /^(?:([a-z]+)\+)?(https?:\/\/[^\s"'#?&\\@]+)$/u.exec(text);
  const base = match?.[2]?.replace(/\/+$/u, "");
  if (base === undefined || !URL.canParse(base)) return null;
  return { scheme: match?.[1] ?? "", base };
}
