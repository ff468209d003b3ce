import type { BackLook, BackOffer } from "../ports/back.js";
import { checkAllowed } from "./allow.js";
import type { SyncBackDocument, SyncBackRequest } from "./app.js";
import { type BackPlace, backPlace, texts } from "./back-request.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker, withQuarantine } from "./lease.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 20 * 60_000;

/** Files of one worker back into the host's folder, after review. Errors: those of the ports. */
export async function syncBack(session: AppSession, request: SyncBackRequest): Promise<SyncBackDocument> {
  const fleet = await session.fleet();
  const defaults = texts(fleet.loaded.spec.values["sync.from.default_paths"]);
  const { worker, paths, checksum, ignored } = request;
  const what = ignored ? "ignored" : "files";
  const place = await backPlace(session, fleet, { worker, paths, defaults, what, checksum });
  // Not the worker's own lease: a run may hold that for hours, and its files are wanted meanwhile.
  const lease = await leaseWorker(session, fleet, `${place.request.instance}.back`);
  try {
    const { slot } = place.worker;
    const report = (text: string) => session.emit({ type: "run.worker", slot, state: "syncing", text });
    const look = await lookBack(session, fleet, place, report);
    const offer = documentOf(place, look.offer, request.dryRun);
    const consent = await request.decide(offer);
    if (consent === null || request.dryRun) return offer;
    checkAllowed(consent.allow);
    return documentOf(place, await takeBack(session, fleet, place, look, consent), false);
  } finally {
    await lease.release();
  }
}

export function lookBack(
  session: AppSession,
  fleet: Fleet,
  { request }: BackPlace,
  report: (text: string) => void,
): Promise<BackLook> {
  const options = { signal: session.interrupt.first, timeoutMs: LIMIT_MS, report };
  return withQuarantine(session, fleet, request.instance, () => fleet.back.look(request, options));
}

/** What has begun to be written is finished: only the second signal ends it, and a file is whole even then. */
export function takeBack(
  session: AppSession,
  fleet: Fleet,
  { request }: BackPlace,
  look: BackLook,
  consent: Parameters<BackLook["take"]>[0],
): Promise<BackOffer> {
  const options = { signal: session.interrupt.second, timeoutMs: LIMIT_MS };
  return withQuarantine(session, fleet, request.instance, () => look.take(consent, options));
}

export function documentOf({ worker, request }: BackPlace, offer: BackOffer, dryRun: boolean): SyncBackDocument {
  const { changes, halted, notes, quarantine } = offer;
  const of = (wanted: string): number => changes.filter(({ status }) => status === wanted).length;
  return {
    format: "limaform.sync-back",
    version: 1,
    slot: worker.slot,
    instance: worker.instance,
    root: request.root,
    dryRun,
    ignored: request.what === "ignored",
    changes: changes.filter(({ status }) => status !== "same"),
    ...{ halted, notes, quarantine },
    summary: {
      taken: of("taken"),
      takeable: of("takeable"),
      waits: of("waits"),
      conflicts: of("conflict"),
      refused: of("refused"),
    },
  };
}
