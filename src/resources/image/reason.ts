import { compareText } from "../../util/compare.js";
import type { DecideContext, DesiredNode, Reason } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { sealedAt } from "./usable.js";

const short = (revision: string): string => revision.slice(0, 8);

/** Why an image is built, in words. */
export function buildReason(context: DecideContext, desired: DesiredNode): Reason {
  const revision = desired.revision ?? "";
  if (context.isForcedReplace) {
    return { code: "rebuild_requested", text: `a rebuild of revision ${short(revision)} was asked for` };
  }
  const sealed = context.objects.filter((object) => sealedAt(object) !== "");
  const spoiled = sealed.find((object) => marksOf(object)?.revision === revision);
  if (spoiled !== undefined) {
    return {
      code: "image_modified",
      text: `${spoiled.name} is no longer what was sealed: ${spoiled.diskChange ?? `it is ${spoiled.status}`}`,
    };
  }
  const older = [...new Set(sealed.map((object) => short(marksOf(object)?.revision ?? "")))].sort(compareText);
  if (older.length === 0) return { code: "no_image_at_revision", text: `no image at revision ${short(revision)}` };
  return {
    code: "revision_changed",
    text: `no image at revision ${short(revision)} (there is ${older.join(", ")})`,
  };
}
