import { LimaError } from "../../errors/errors.js";

export const MINIMUM_LIMA = "2.2.0";

/** The version in `limactl version 2.2.0`; the text itself where there is none (a build without version). */
export function readVersion(text: string): string {
  const match = /\bv?(\d+\.\d+\.\d+\S*)/.exec(text);
  return match?.[1] ?? (text.trim().split(/\s+/).at(-1) || "unknown");
}

/**
 * Errors: LIMA_TOO_OLD. A version that cannot be read counts as the newest, as Lima itself does.
 * Source: reference/lima.md §1.3.
 */
export function checkVersion(version: string): void {
  const found = numbersOf(version);
  const needed = numbersOf(MINIMUM_LIMA);
  if (found === null || needed === null) return;
  const index = needed.findIndex((number, place) => number !== found[place]);
  if (index === -1 || (found[index] ?? 0) > (needed[index] ?? 0)) return;
  throw new LimaError("LIMA_TOO_OLD", `Lima ${version} is too old: limaform needs ${MINIMUM_LIMA} or newer`, {
    hint: "macOS: brew upgrade lima; others: https://lima-vm.io/docs/installation, then run the same command again",
  });
}

function numbersOf(version: string): readonly number[] | null {
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(version);
  return match === null ? null : match.slice(1).map(Number);
}
