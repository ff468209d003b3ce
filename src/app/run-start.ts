import type { RunStartRequest, RunTarget } from "../ports/runs.js";
import { taskOf } from "../util/run-part.js";
import type { RunRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import type { RunProgram } from "./run-agent.js";
import type { RunPlan } from "./run-plan.js";
import type { Worker } from "./workers.js";

/** What of a worker a start depends on. */
export type StartPlace = Pick<Worker, "slot" | "instance"> & {
  readonly facts: Pick<Worker["facts"], "lastPush">;
};

/** How one part of a run starts on a worker: its folder, its environment, its limit, the base of its work. */
export function startRequestOf(
  fleet: Fleet,
  worker: StartPlace,
  part: Pick<RunTarget, "run" | "task"> & {
    readonly request: RunRequest;
    readonly plan: RunPlan;
    readonly program: RunProgram;
  },
  extraEnv: Readonly<Record<string, string>> = {},
): RunStartRequest & { readonly timeoutMs: number } {
  const { slot, instance, facts } = worker;
  const { plan, program, request } = part;
  const base = facts.lastPush?.base ?? null;
  return {
    ...{ run: part.run, slot, instance, base, label: request.label },
    ...taskOf(part),
    ...{ argv: program.argv, agent: program.agent },
    cwd: base === null ? "~" : String(fleet.loaded.spec.values["repo.path"]),
    env: { ...program.env, ...plan.env, ...extraEnv },
    ...plan.common,
  };
}
