import { base64Forms, SHORTEST_SECRET } from "../../../util/secret-forms.js";

/** A value that was declared under `secrets.NAME`, as this host resolved it. */
export interface SecretValue {
  readonly name: string;
  readonly value: string;
}

/** What gives a secret away in a file: fixed strings, one line each. */
export interface SecretTraces {
  readonly name: string;
  readonly texts: readonly string[];
}

/** As much of an encoded value stands in one line of the usual encoders. */
const ENCODED_LENGTH = 40;

/** The values that can be looked for, and the names of those that tell nothing because they are too short. */
export function tracesOf(secrets: readonly SecretValue[]): {
  readonly traces: readonly SecretTraces[];
  readonly tooShort: readonly string[];
} {
  const all = secrets.map(({ name, value }) => ({ name, texts: textsOf(value) }));
  return {
    traces: all.filter(({ texts }) => texts.length > 0),
    tooShort: all.filter(({ texts }) => texts.length === 0).map(({ name }) => name),
  };
}

/**
 * The value as it is, in Base64 at any offset (both alphabets), in hexadecimal, percent-encoded, and escaped for JSON.
 *
 * Shape: unique, without line breaks, none shorter than `SHORTEST_SECRET`. Of several lines the longest stands for all:
 * the others may be such as every file of that sort has.
 */
function textsOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/).sort((left, right) => right.length - left.length);
  const longest = (lines[0] ?? "").trim();
  if (longest.length < SHORTEST_SECRET) return [];
  const bytes = Buffer.from(value.replace(/\r?\n$/, ""), "utf8");
  const hex = bytes.toString("hex").slice(0, ENCODED_LENGTH);
  const plain = [longest, encodeURIComponent(longest), JSON.stringify(longest).slice(1, -1)];
  const texts = [...plain, ...base64Forms(bytes, ENCODED_LENGTH), hex, hex.toUpperCase()];
  return [...new Set(texts)].filter((text) => text.length >= SHORTEST_SECRET && !/[\n\r\0]/.test(text));
}
