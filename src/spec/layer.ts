import type { Origin, SpecKey } from "../resources/kind.js";
import type { Json } from "../util/json.js";
import type { ValueProblem } from "./check-value.js";
import type { PlacedDiagnostic } from "./diagnostic.js";
import type { Path } from "./places.js";

/** A value that one layer sets, and where the value and its parts stand. */
export interface Setting {
  readonly key: SpecKey;
  readonly value: Json;
  readonly origin: Origin;
  readonly locate: Locate;
}

/** Turns a problem at a path (from the spec's root) into one with a place. */
export type Locate = (problem: ValueProblem) => PlacedDiagnostic;

/** All that one source of values says. */
export interface Layer {
  readonly settings: readonly Setting[];
  readonly diagnostics: readonly PlacedDiagnostic[];
  /** Keys that are set wrongly: what depends on them is not judged. */
  readonly wrong: readonly string[];
  readonly warnings: readonly string[];
  /** The text was no TOML at all: then nothing else is worth saying. */
  readonly isUnreadable: boolean;
}

/** Problems of a source without lines: an environment variable, a flag. */
export function locateIn(label: string, order: number): Locate {
  return ({ code, text, hint }) => ({ code, file: label, label, line: 0, column: 0, message: text, hint, order });
}

export function wholeValue(key: SpecKey, code: string, text: string, hint: string): ValueProblem {
  return { code, path: key.key.split(".") satisfies Path, at: "key", text, hint };
}
