const ESCAPES: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 };

/**
 * Undoes git's C-style quoting of a path (`"a\303\244"`); a path without quotes is itself. null: not well-formed.
 *
 * Shape: bytes, because a name need not be UTF-8.
 */
export function unquotePath(text: string): Buffer | null {
  if (!text.startsWith('"')) return Buffer.from(text, "utf8");
  if (text.length < 2 || !text.endsWith('"')) return null;
  const bytes: number[] = [];
  const inner = text.slice(1, -1);
  for (let at = 0; at < inner.length; at += 1) {
    const character = inner[at] ?? "";
    if (character === '"') return null;
    if (character !== "\\") {
      bytes.push(...Buffer.from(character, "utf8"));
      continue;
    }
    const octal = /^[0-3][0-7]{2}/u.exec(inner.slice(at + 1))?.[0];
    const byte = octal === undefined ? ESCAPES[inner[at + 1] ?? ""] : Number.parseInt(octal, 8);
    if (byte === undefined) return null;
    bytes.push(byte);
    at += octal === undefined ? 1 : 3;
  }
  return Buffer.from(bytes);
}
