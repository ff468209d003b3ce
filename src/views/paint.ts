/** Colours by meaning, so that no view knows an escape code. Without colour every function returns its text. */
export interface Paint {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly accent: (text: string) => string;
}

const code =
  (open: number, close: number) =>
  (text: string): string =>
    text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`;
const same = (text: string): string => text;

const COLOURED: Paint = {
  bold: code(1, 22),
  dim: code(2, 22),
  good: code(32, 39),
  bad: code(31, 39),
  warn: code(33, 39),
  accent: code(36, 39),
};
const PLAIN: Paint = { bold: same, dim: same, good: same, bad: same, warn: same, accent: same };

export function paintFor(stream: { readonly hasColour: boolean }): Paint {
  return stream.hasColour ? COLOURED : PLAIN;
}
