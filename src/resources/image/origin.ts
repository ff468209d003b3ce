import { digestOf } from "../../util/digest.js";
import type { InstanceFacts } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { sealedAt } from "./usable.js";

/** What a clone of a sealed image begins as: this very sealing of it, not another one of the same name. Null = not sealed. */
export function cloneOrigin(source: InstanceFacts): string | null {
  const marks = marksOf(source);
  return marks === null || marks.sealed === "" ? null : digestOf({ image: source.name, sealed: sealedAt(source) });
}
