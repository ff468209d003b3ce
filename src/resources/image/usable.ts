import { compareText } from "../../util/compare.js";
import type { InstanceFacts } from "../kind.js";
import { marksOf } from "../marks-of.js";

/** When it was sealed (ISO time); empty for a build that is not finished. */
export const sealedAt = (object: InstanceFacts): string => marksOf(object)?.sealed ?? "";

/** Sealed, of this revision, named as marked, whole, and not running: a started image is no longer what was sealed. */
export function isUsable(object: InstanceFacts, revision: string): boolean {
  const marks = marksOf(object);
  return (
    marks !== null &&
    marks.name === object.name &&
    marks.revision === revision &&
    marks.sealed !== "" &&
    object.status === "stopped" &&
    isWhole(object)
  );
}

/** Its disk is still what was sealed. */
export const isWhole = ({ damage, diskChange }: InstanceFacts): boolean =>
  damage === undefined && diskChange === undefined;

export function newestUsable(objects: readonly InstanceFacts[], revision: string): InstanceFacts | null {
  return objects.filter((object) => isUsable(object, revision)).sort(newestFirst)[0] ?? null;
}

/** By the time of the seal, then by name: a total order. */
export function newestFirst(left: InstanceFacts, right: InstanceFacts): number {
  return compareText(sealedAt(right), sealedAt(left)) || compareText(right.name, left.name);
}
