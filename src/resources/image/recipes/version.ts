/*
 * Versions as the spec asks for them: "24" is the newest 24.x, "24.1.2" exactly that one, a word what its tool says.
 */

/** Shape: one to three numbers. */
export type VersionParts = readonly number[];

export type VersionRequest =
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "numbers"; readonly parts: VersionParts };

const NUMBERS = /^(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){0,2}$/u;

/** Null for what is neither one to three numbers nor one of the words. */
export function parseRequest(text: string, words: readonly string[]): VersionRequest | null {
  if (words.includes(text)) return { kind: "word", word: text };
  return NUMBERS.test(text) ? { kind: "numbers", parts: text.split(".").map(Number) } : null;
}

/** The three numbers of a release; null for pre-releases and whatever else is no plain version. */
export function partsOf(version: string): VersionParts | null {
  return NUMBERS.test(version) ? version.split(".").map(Number) : null;
}

/** Whether a release is what was asked for; "latest" takes any, other words none: their tools pick for themselves. */
export function fits(request: VersionRequest, version: string): boolean {
  const parts = partsOf(version);
  if (parts === null) return false;
  if (request.kind === "word") return request.word === "latest";
  return request.parts.every((part, index) => part === (parts[index] ?? 0));
}

export function compareVersions(left: VersionParts, right: VersionParts): number {
  for (let index = 0; index < 3; index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The newest of those that fit, by number; null where none does. */
export function newestFitting<T extends { readonly version: string }>(
  request: VersionRequest,
  candidates: readonly T[],
): T | null {
  let best: T | null = null;
  for (const candidate of candidates) {
    if (!fits(request, candidate.version)) continue;
    const isNewer = best === null || compareVersions(partsOf(candidate.version) ?? [], partsOf(best.version) ?? []) > 0;
    if (isNewer) best = candidate;
  }
  return best;
}

/** Whether one version is enough for good: it names a release, so that its checksum can never change. */
export const isExact = (request: VersionRequest): boolean => request.kind === "numbers" && request.parts.length === 3;
