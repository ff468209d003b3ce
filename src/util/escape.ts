/*
 * Text from a worker is hostile to a terminal: it may move the cursor, rename the window, hide or reorder what stands
 * there. Everything of that kind becomes a visible escape.
 */

/* Controls (C0 but tab and newline, DEL, C1), bidi marks and overrides, invisible fillers, separators, tag characters. */
const DANGEROUS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\u{${code.toString(16)}}`;
}

/**
 * Makes text of a worker safe to show over several lines.
 *
 * Shape: newlines and tabs stay; a carriage return before a newline goes; all other controls, ESC, C1 bytes, bidi
 * controls, invisible and tag characters and lone surrogates become `\x1b`, `\u202e`, `\u{e0041}`.
 * Source: design page §7.
 */
export function escapeText(text: string): string {
  return text.replaceAll("\r\n", "\n").replace(DANGEROUS, visible);
}

/** Like `escapeText`, for one line: newlines become `\n` too. */
export function escapeLine(line: string): string {
  return escapeText(line).replaceAll("\n", "\\n");
}
