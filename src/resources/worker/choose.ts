import { compareText } from "../../util/compare.js";
import { rememberLast } from "../../util/remember.js";
import { makeAddress } from "../address.js";
import { NONE } from "../decision.js";
import type { DecideContext, DesiredNode, InstanceFacts, Reason } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { offeredImage } from "./parts.js";
import { statusOf, type WorkerStatus } from "./status.js";

const GOLDEN = makeAddress("image", "golden");

/**
 * Of several objects at one slot (a surge that was cut off), the one to keep: right image, then health, then name. Where
 * it is to be replaced anyway, readiness alone counts: the one that serves is the one to be replaced.
 */
export function choose(context: DecideContext): {
  readonly kept: InstanceFacts | null;
  readonly others: readonly InstanceFacts[];
} {
  if (context.objects.length < 2) return { kept: context.objects[0] ?? null, others: NONE };
  const ranked = context.objects.map((object) => ({ object, rank: rankOf(context, object) }));
  ranked.sort((left, right) => left.rank - right.rank || compareText(left.object.name, right.object.name));
  const [kept = null, ...others] = ranked.map(({ object }) => object);
  return { kept, others };
}

function rankOf(context: DecideContext, object: InstanceFacts): number {
  const status = statusOf(object);
  if (context.isForcedReplace) return status === "ready" ? 0 : 1;
  const isStale = context.desired !== null && staleReason(context, context.desired, object) !== null;
  return (isStale ? 3 : 0) + healthRank(status, object);
}

/** What serves, or is meant not to, before what only has to be started, before what has never been ready or is broken. */
function healthRank(status: WorkerStatus, { readyAt }: InstanceFacts): number {
  if (status === "broken" || readyAt === null) return 2;
  return status === "stopped" ? 1 : 0;
}

const revisionChanged = rememberLast(
  (from: string, to: string): Reason => ({
    code: "image_revision_changed",
    text: `image ${from.slice(0, 8)} → ${to.slice(0, 8)}`,
  }),
);

/**
 * Why the worker's image is not the wanted one; null when it is. A worker whose image was deleted by hand stays as long
 * as the revision is right: losing an image loses no worker.
 */
export function staleReason(context: DecideContext, desired: DesiredNode, object: InstanceFacts): Reason | null {
  const marks = marksOf(object);
  if (marks === null) return { code: "unmarked", text: "its marks cannot be read" };
  if (marks.revision !== desired.revision) return revisionChanged(marks.revision, desired.revision ?? "");
  const golden = offeredImage(context)?.instance ?? null;
  const source = context.byName.get(marks.image);
  const image = source === undefined ? null : marksOf(source);
  // One that was forgotten is gone for the fleet.
  const isThere = image?.address === GOLDEN && image.owner === context.owner && image.project === context.project;
  if (golden === null || marks.image === golden || !isThere) return null;
  return { code: "image_rebuilt", text: `image ${marks.image} → ${golden}` };
}
