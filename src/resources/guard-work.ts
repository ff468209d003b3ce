import { BugError, WorkError } from "../errors/errors.js";
import type { DriverPorts } from "./driver-ports.js";
import { objectOf } from "./inputs.js";
import type { DriverContext, DriverStep, InstanceFacts, WorkFinding, WorkItem } from "./kind.js";
import { decodeProbeRequest, probeLimitIn } from "./probe-request.js";

/*
 * The look at a worker's work in the step that ends something, right before it does. What the plan saw may have grown
 * since: more than was planned or saved is never ended.
 */

/** What is found now; null where there is nothing to look for (never ready, or given up by name). */
export async function findWork(
  ports: DriverPorts,
  step: DriverStep,
  facts: InstanceFacts,
  { signal, report }: DriverContext,
): Promise<WorkFinding | null> {
  const { work } = step.inputs;
  if (work === undefined) throw new BugError(`the plan's step ${step.id} does not say what work to look for`);
  if (work === null) return null;
  const inputs = objectOf(step.inputs, "work");
  report("looking for work that is only there");
  const request = decodeProbeRequest(inputs, facts.name);
  return ports.work.find(facts, request, { signal, timeoutMs: probeLimitIn(inputs) });
}

/** Before the disk goes: everything must be saved. Errors: WORK_NOT_SAVED, WORK_UNKNOWN. */
export function refuseUnsaved(step: DriverStep, finding: WorkFinding | null): void {
  if (finding === null) return;
  if (finding.kind === "unknown") throw unknown(step, finding.text);
  refuse(
    step,
    finding.items.filter(({ saved }) => saved !== true),
  );
}

/**
 * Before processes end while the disk stays: nothing may run. `isBroken`: a guest behind half-dead host processes that
 * does not answer is no reason against ending them.
 *
 * Errors: WORK_NOT_SAVED, WORK_UNKNOWN.
 */
export function refuseLive(
  step: DriverStep,
  finding: WorkFinding | null,
  { isBroken }: { readonly isBroken: boolean },
): void {
  if (finding === null || (finding.kind === "unknown" && isBroken)) return;
  if (finding.kind === "unknown") throw unknown(step, finding.text);
  refuse(
    step,
    finding.items.filter(({ kind }) => kind === "live_run"),
  );
}

function refuse({ instance, verb, address }: DriverStep, left: readonly WorkItem[]): void {
  if (left.length === 0) return;
  const what = left.map(({ kind, count }) => `${count} × ${kind.replaceAll("_", " ")}`).join(", ");
  throw new WorkError(
    "WORK_NOT_SAVED",
    `${instance} was left as it is: since the plan it has work that is not saved: ${what}`,
    {
      hint: `plan again, then it is saved too: limaform plan; or give its work up: --discard-work '${address}'`,
      details: {
        instance,
        verb,
        items: left.map(({ kind, count, bytes, examples }) => ({ kind, count, bytes, examples })),
      },
    },
  );
}

function unknown({ instance, verb, address }: DriverStep, why: string): WorkError {
  return new WorkError("WORK_UNKNOWN", `${instance} was left as it is: it is not known what work it holds: ${why}`, {
    hint: `start it so that it can be asked: limaform start ${instance}; or give its work up: --discard-work '${address}'`,
    details: { instance, verb },
  });
}
