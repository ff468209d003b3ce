import { GuestError } from "../errors/errors.js";
import type { RunRecord, RunSurvey } from "../ports/runs.js";
import { isEnded } from "../runs/state.js";
import type { WaitDocument, WaitRequest } from "./app.js";
import { damagedLast } from "./damaged-runs.js";
import type { Fleet } from "./fleet.js";
import { CALL_LIMIT_MS } from "./run-part.js";
import type { AppSession } from "./session.js";
import { presentWorkers } from "./shell.js";
import type { Worker } from "./workers.js";

interface Waited {
  readonly worker: WaitDocument["workers"][number];
  readonly isWell: boolean;
}

const POLL_MS = 2_000;
const ANSWER_LIMIT_MS = 20_000;

/** Waits until all chosen workers are ready, or their runs are over. Reads only. */
export async function waitFor(session: AppSession, request: WaitRequest): Promise<WaitDocument> {
  const fleet = await session.fleet();
  const startedMs = session.clock.monotonicMs();
  const said = new Map<number, string>();
  for (;;) {
    const chosen = await presentWorkers(session, request.workers);
    const records = request.for === "ready" ? null : await fleet.runs.survey();
    const found = await Promise.all(
      chosen.map((worker) =>
        records === null ? lookReady(session, fleet, worker) : lookDone(session, fleet, worker, records),
      ),
    );
    const workers = found.map(({ worker }) => worker);
    const elapsedMs = Math.round(session.clock.monotonicMs() - startedMs);
    for (const { slot, state, text } of workers) {
      if (said.get(slot) !== state) session.emit({ type: "run.worker", slot, state, text });
      said.set(slot, state);
    }
    const isReached = workers.every((worker) => worker.isReached);
    const isOver = request.timeoutMs !== null && elapsedMs >= request.timeoutMs;
    if (isReached || isOver) {
      const isWell = found.every((each) => each.isWell);
      const verdict = !isReached ? "timed_out" : isWell ? "done" : "failed";
      return { format: "limaform.wait", version: 1, for: request.for, verdict, elapsedMs, workers };
    }
    const leftMs = request.timeoutMs === null ? POLL_MS : request.timeoutMs - elapsedMs;
    await session.clock.sleep(Math.min(POLL_MS, Math.max(1, leftMs)), session.interrupt.first);
  }
}

/** Ready = its VM runs, it was ready once, and it answers now. */
async function lookReady(session: AppSession, fleet: Fleet, { slot, instance, facts }: Worker): Promise<Waited> {
  const notYet = (state: string, text: string) => ({
    worker: { slot, instance, isReached: false, state, text },
    isWell: false,
  });
  if (facts.status !== "running") return notYet(facts.status, "");
  if (facts.readyAt === null) return notYet("booting", "was never ready");
  try {
    const options = { signal: session.interrupt.first, timeoutMs: ANSWER_LIMIT_MS };
    await fleet.guest.exec(instance, { argv: ["true"] }, options);
    return { worker: { slot, instance, isReached: true, state: "ready", text: "answers" }, isWell: true };
  } catch (error) {
    if (!(error instanceof GuestError) || error.code === "GUEST_HOST_KEY_CHANGED") throw error;
    return notYet("no answer", error.message);
  }
}

/** Its last run is over. A worker on which nothing runs need not be waited for. */
async function lookDone(
  session: AppSession,
  fleet: Fleet,
  { slot, instance }: Worker,
  { records, damaged }: RunSurvey,
): Promise<Waited> {
  const own = records.filter((record) => record.instance === instance);
  const hidden = await damagedLast(fleet, damaged, { slot, lastRun: own[0]?.run });
  if (hidden !== null) throw hidden.error;
  const last = own.filter(({ run }) => run === own[0]?.run);
  if (last.length === 0) {
    return { worker: { slot, instance, isReached: true, state: "no run", text: "" }, isWell: true };
  }
  const options = { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS };
  const now = await Promise.all(last.map((record) => fleet.runs.look(record, options)));
  const unwell = now.find((part) => !isWellDone(part));
  const told = now.find(({ state }) => !isEnded(state)) ?? unwell ?? now[0];
  const isReached = now.every(({ state }) => isEnded(state));
  const worker = { slot, instance, isReached, state: told?.state ?? "no run", text: told?.text ?? "" };
  return { worker, isWell: unwell === undefined };
}

/** As `run` itself would have ended with exit code 0. */
const isWellDone = ({ state, isPassed }: RunRecord): boolean => state === "done" && isPassed !== false;
