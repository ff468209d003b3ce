import { StalePlanError } from "../errors/errors.js";
import type { Plan, Step } from "../plan/document.js";
import type { Mismatch } from "../plan/stale.js";
import type { PushRequest } from "../ports/repository.js";
import { carryChoiceIn, carryRules } from "../resources/carry-rules.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";
import { digestsOfFiles } from "./sources.js";

const GIT_LIMIT_MS = 5 * 60_000;

/**
 * What of the host's side a plan's steps would no longer find: the pinned commit, the carried files, the files that the
 * first image is made of. A HEAD that moved on is no mismatch: the commit of the plan is pushed.
 *
 * Shape: nothing is read for plans without such steps.
 */
export async function movedSources(session: AppSession, fleet: Fleet, plan: Plan): Promise<readonly Mismatch[]> {
  const [files, code] = await Promise.all([movedFiles(fleet, plan), movedCode(session, fleet, plan)]);
  return [...files, ...code];
}

async function movedFiles(fleet: Fleet, { steps, sources, spec }: Plan): Promise<readonly Mismatch[]> {
  const first = steps.find(({ inputs }) => inputs.template !== undefined);
  if (first === undefined || spec === null) return [];
  const paths = Object.keys(sources.fileDigests);
  const { fileDigests, problems } = await digestsOfFiles(spec, paths, fleet);
  const changed = paths.filter(
    (path) => fileDigests[path] !== undefined && fileDigests[path] !== sources.fileDigests[path],
  );
  return [
    ...problems.map(({ text }) => ({ address: first.address, planned: "the files of the spec", found: text })),
    ...changed.map((path) => ({
      address: first.address,
      planned: `${path} with ${sources.fileDigests[path]}`,
      found: fileDigests[path] ?? "",
    })),
  ];
}

async function movedCode(session: AppSession, fleet: Fleet, { steps }: Plan): Promise<readonly Mismatch[]> {
  const pushes = Map.groupBy(
    steps.filter(
      ({ inputs }) => typeof inputs.commit === "string" && inputs.mode !== "files" && typeof inputs.root === "string",
    ),
    (step) => JSON.stringify(sourceOf(step)),
  );
  const options = { signal: session.interrupt.first, timeoutMs: GIT_LIMIT_MS };
  const found = await Promise.all(
    [...pushes.values()].map(async ([step]): Promise<Mismatch | null> => {
      if (step === undefined) return null;
      try {
        await fleet.code.check(sourceOf(step), options);
        return null;
      } catch (error) {
        if (!(error instanceof StalePlanError)) throw error;
        return { address: step.address, planned: plannedCode(step), found: error.message, code: error.code };
      }
    }),
  );
  return found.filter((mismatch) => mismatch !== null);
}

/** What a push step would be asked for. */
function sourceOf({ inputs }: Step): Pick<PushRequest, "root" | "commit" | "carried"> {
  const { carriedDigest, carriedCount } = inputs;
  const isCarrying = typeof carriedDigest === "string" && Number(carriedCount ?? 0) > 0;
  return {
    root: String(inputs.root),
    commit: String(inputs.commit),
    carried: isCarrying ? { digest: carriedDigest, rules: carryRules(carryChoiceIn(inputs)) } : null,
  };
}

function plannedCode({ inputs }: Step): string {
  const commit = `commit ${String(inputs.commit).slice(0, 8)}`;
  const count = Number(inputs.carriedCount ?? 0);
  return count === 0 ? commit : `${commit} and ${count} uncommitted ${count === 1 ? "file" : "files"}`;
}
