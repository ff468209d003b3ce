import type { RunStartRequest, RunTarget } from "../ports/runs.js";
import { parseDuration } from "../util/duration.js";
import type { RunRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import type { Worker } from "./workers.js";

/** How one part of a run starts on a worker: its folder, its public environment, its limit, the base of its work. */
export function startRequestOf(
  fleet: Fleet,
  worker: Worker,
  part: Pick<RunTarget, "run" | "task"> & { readonly request: RunRequest; readonly argv: readonly string[] },
  extraEnv: Readonly<Record<string, string>> = {},
): RunStartRequest {
  const { values } = fleet.loaded.spec;
  const { slot, instance, facts } = worker;
  const base = facts.lastPush?.base ?? null;
  const env = Object.fromEntries(Object.entries(values.env ?? {}).map(([key, value]) => [key, String(value)]));
  return {
    ...{ run: part.run, slot, instance, argv: part.argv, base },
    ...(part.task === undefined ? {} : { task: part.task }),
    cwd: base === null ? "~" : String(values["repo.path"]),
    env: { ...env, ...extraEnv },
    timeoutMs: part.request.timeoutMs ?? parseDuration(String(values["run.timeout"] ?? "2h")),
  };
}
