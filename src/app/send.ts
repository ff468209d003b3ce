import { RunError } from "../errors/errors.js";
import { isEnded } from "../runs/state.js";
import type { RunDocument, RunRequest, SendRequest } from "./app.js";
import { damagedLast } from "./damaged-runs.js";
import { runCommand } from "./run.js";
import { CALL_LIMIT_MS } from "./run-part.js";
import type { AppSession } from "./session.js";
import { presentWorkers } from "./shell.js";

/**
 * Goes on with the conversation of a worker's last run, as a run of its own on the same tree.
 *
 * Errors: RUN_NO_CONVERSATION where there is none; RUN_WORKER_BUSY while it is live, or its work is not here yet.
 */
export async function sendToRun(session: AppSession, request: SendRequest): Promise<RunDocument> {
  const fleet = await session.fleet();
  const [worker] = await presentWorkers(session, [request.worker]);
  const instance = worker?.instance ?? request.worker;
  const { records, damaged } = await fleet.runs.survey();
  const last = records.find((record) => record.instance === instance);
  const slot = worker?.slot ?? last?.slot ?? 0;
  const hidden = await damagedLast(fleet, damaged, { slot, lastRun: last?.run });
  if (hidden !== null) throw hidden.error;
  if (last === undefined) throw noConversation(instance, "nothing ran on it");
  if (last.agent === null) throw noConversation(instance, `its last run, ${last.run}, was no agent's`);
  const now = await fleet.runs.look(last, { signal: session.interrupt.first, timeoutMs: CALL_LIMIT_MS });
  if (!isEnded(now.state) || !(await fleet.isCollected(last))) {
    const what = isEnded(now.state) ? "has not been collected" : "is still at work";
    throw new RunError("RUN_WORKER_BUSY", `run ${last.run} on ${instance} ${what}`, {
      hint: `first take it up: limaform runs attach ${last.run}`,
    });
  }
  const { conversation, model } = now;
  if (conversation === null) throw noConversation(instance, `its last run, ${last.run}, told of none`);
  const goingOn: RunRequest = {
    ...{ agent: { name: last.agent, isYolo: request.isYolo, model, conversation }, prompt: request.text, argv: [] },
    ...{ workers: [instance], parallel: 1, detach: request.detach, timeoutMs: request.timeoutMs },
    // The conversation speaks of the tree as it was left: no newer code comes in between.
    ...{ continue: true, queue: false, tasks: null, label: `goes on with ${last.run}` },
  };
  return runCommand(session, goingOn, null);
}

function noConversation(instance: string, why: string): RunError {
  return new RunError("RUN_NO_CONVERSATION", `${instance} has no conversation to go on with: ${why}`, {
    hint: "begin one: limaform run 'what is to be done'",
  });
}
