import { compareText } from "../../util/compare.js";
import { makeAddress } from "../address.js";
import type { DecideContext, DesiredNode, InstanceFacts, Reason } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { offeredImage } from "./parts.js";
import { statusOf } from "./status.js";

const GOLDEN = makeAddress("image", "golden");

/**
 * Of several objects at one slot (a surge that was cut off), the one to keep: right image, then health, then name. Where
 * it is to be replaced anyway, health alone counts.
 */
export function choose(context: DecideContext): {
  readonly kept: InstanceFacts | null;
  readonly others: readonly InstanceFacts[];
} {
  const { desired, isForcedReplace } = context;
  const isStale = (object: InstanceFacts) =>
    desired !== null && !isForcedReplace && staleReason(context, desired, object) !== null;
  const ranked = context.objects.map((object) => ({
    object,
    rank: (isStale(object) ? 2 : 0) + (statusOf(object) === "broken" || object.readyAt === null ? 1 : 0),
  }));
  ranked.sort((left, right) => left.rank - right.rank || compareText(left.object.name, right.object.name));
  const [kept = null, ...others] = ranked.map(({ object }) => object);
  return { kept, others };
}

/**
 * Why the worker's image is not the wanted one; null when it is. A worker whose image was deleted by hand stays as long
 * as the revision is right: losing an image loses no worker.
 */
export function staleReason(context: DecideContext, desired: DesiredNode, object: InstanceFacts): Reason | null {
  const marks = marksOf(object);
  if (marks === null) return { code: "unmarked", text: "its marks cannot be read" };
  if (marks.revision !== desired.revision) {
    return {
      code: "image_revision_changed",
      text: `image ${marks.revision.slice(0, 8)} → ${(desired.revision ?? "").slice(0, 8)}`,
    };
  }
  const golden = offeredImage(context)?.instance ?? null;
  const source = context.byName.get(marks.image);
  const isThere = source !== undefined && marksOf(source)?.address === GOLDEN;
  if (golden === null || marks.image === golden || !isThere) return null;
  return { code: "image_rebuilt", text: `image ${marks.image} → ${golden}` };
}
