import { Buffer } from "node:buffer";

/** Shorter values are no secret, and replacing them would eat ordinary text. Units: characters. */
export const SHORTEST_SECRET = 8;

/** A run of base64 digits that is too short says nothing of the secret. */
const SHORTEST_FORM = 6;

/**
 * The forms in which a value turns up in texts: as it is, escaped in JSON (once and twice, also as programs do it that write
 * ASCII alone or escape slashes), percent-encoded (once and twice) as browsers, Python and the RFC do it, hex, and base64 at each of its three alignments, so that it is found inside a longer encoded text too; each line of several by
 * itself.
 *
 * Shape: unique, longest first, so that a form inside another is not replaced before it.
 */
export function secretForms(value: string): readonly string[] {
  const parts = [value, value.trim(), ...value.split(/\r?\n/u)].filter((part) => part.length >= SHORTEST_SECRET);
  const forms = [...new Set(parts)].flatMap(formsOf).filter((form) => form.length >= SHORTEST_FORM);
  return [...new Set(forms)].sort((left, right) => right.length - left.length || (left < right ? -1 : 1));
}

function formsOf(value: string): readonly string[] {
  const json = inJson(value);
  const bytes = Buffer.from(value, "utf8");
  const hex = bytes.toString("hex");
  return [
    ...[value, json, inJson(json), inAscii(json), json.replaceAll("/", "\\/")],
    ...percentForms(value),
    ...[hex, hex.toUpperCase()],
    ...base64Forms(bytes),
  ];
}

/** RFC 3986 encodes `!'()*` too, Python leaves `/` as it is, some write the digits in lower case. */
function percentForms(value: string): readonly string[] {
  const plain = encodeURIComponent(value);
  const strict = plain.replaceAll(/[!'()*]/gu, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const all = [plain, plain.replaceAll("%20", "+"), strict, strict.replaceAll("%2F", "/")];
  const once = [...all, ...all.map((text) => text.replaceAll(/%../gu, (code) => code.toLowerCase()))];
  // A URL inside a parameter of another URL.
  return [...once, ...once.map((text) => text.replaceAll("%", "%25"))];
}

const inAscii = (text: string): string =>
  text.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

/** Base64 at each of its three alignments, in both alphabets, of each at most so many digits. */
export const base64Forms = (bytes: Buffer, most = Infinity): readonly string[] =>
  [0, 1, 2].flatMap((before) => {
    const text = aligned(bytes, before).slice(0, most);
    return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
  });

/** The digits that do not depend on what stands before and after. */
function aligned(bytes: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), bytes])
    .toString("base64")
    .replace(/=+$/u, "");
  const first = Math.ceil((before * 8) / 6);
  const last = Math.floor(((before + bytes.length) * 8) / 6);
  return text.slice(first, last);
}
