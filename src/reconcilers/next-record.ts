import type { Change, Plan, Step } from "../plan/document.js";
import { type AppliedRecord, RECORD_FORMAT, RECORD_VERSION, type RecordedObject } from "../record/record.js";
import type { Json } from "../util/json.js";

export interface RecordSources {
  readonly engine: string;
  readonly plan: Plan;
  readonly previous: AppliedRecord | null;
  /** Digest of the saved plan that is applied; null for one made just now. */
  readonly planDigest: string | null;
}

/** What this apply has seen so far. */
export interface Progress {
  readonly doneSteps: ReadonlySet<string>;
  /** Milliseconds by `verb:kind`. */
  readonly durations: Readonly<Record<string, number>>;
  readonly at: string;
}

/** Older ones are long stale: the world has moved on. */
const MAX_APPLIED_PLANS = 200;

/**
 * The record after some of a plan's steps are done.
 *
 * Shape: an object whose steps are not all done keeps what was recorded of it before; one that needs no step is recorded
 * as it was observed.
 */
export function nextRecord(sources: RecordSources, progress: Progress): AppliedRecord {
  const { plan, previous, planDigest } = sources;
  const applied = (previous?.appliedPlans ?? []).filter((digest) => digest !== planDigest);
  return {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    engine: sources.engine,
    project: plan.project,
    owner: plan.owner,
    ownerPath: plan.ownerPath,
    specDigest: plan.specDigest,
    workers: plan.workers ?? previous?.workers ?? null,
    addresses: addressesAfter(sources, progress.doneSteps),
    lastDurations: { ...previous?.lastDurations, ...progress.durations },
    appliedPlans: planDigest === null ? applied : [...applied, planDigest].slice(-MAX_APPLIED_PLANS),
    at: progress.at,
  };
}

/** Where the durations of a step are kept: by its kind, or by its address where that stands alone (`provision:image.tools`). */
export function durationKey({ verb, address }: Pick<Step, "verb" | "address">): string {
  return address.endsWith("]") ? `${verb}:${address.split(".", 1)[0]}` : `${verb}:${address}`;
}

function addressesAfter({ plan, previous }: RecordSources, done: ReadonlySet<string>): AppliedRecord["addresses"] {
  const recorded = new Map<string, RecordedObject>(Object.entries(previous?.addresses ?? {}));
  const stepsOf = Map.groupBy(plan.steps, ({ address, instance }) => `${address} ${instance}`);
  const settled = plan.changes.filter(({ address, instance }) =>
    (stepsOf.get(`${address} ${instance}`) ?? []).every(({ id }) => done.has(id)),
  );
  // Deletions first: a new object may stand where an old one was taken away.
  for (const change of settled) if (isGoing(change)) removeFrom(recorded, change);
  for (const change of settled) {
    const { address, instance, after } = change;
    if (isGoing(change) || after === null) continue;
    recorded.set(address, { instance, revision: revisionOf(after) ?? knownRevision(recorded.get(address), instance) });
  }
  return Object.fromEntries(recorded);
}

/** Deleted, or changed into something that is no object of the fleet any more (`forget`). */
const isGoing = ({ action, after }: Change): boolean => action === "delete" || (action === "update" && after === null);

/** Only the recorded object: a twin or an older image that goes leaves the address as it is. */
function removeFrom(recorded: Map<string, RecordedObject>, { address, instance }: Change): void {
  if (recorded.get(address)?.instance === instance) recorded.delete(address);
}

function revisionOf(after: Json): string | null {
  if (after === null || typeof after !== "object" || !("revision" in after)) return null;
  return typeof after.revision === "string" ? after.revision : null;
}

/** A change that says nothing of the revision (a start, a new size) does not alter it. */
function knownRevision(recorded: RecordedObject | undefined, instance: string): string | null {
  return recorded?.instance === instance ? recorded.revision : null;
}
