import { type CodeStand, countBehind, readStand } from "../adapters/git/stand.js";
import { LimaformError } from "../errors/errors.js";
import type { JsonObject } from "../util/json.js";
import type { InstanceFacts, WorkFinding, WorkKind } from "../world/world.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";
import type { Worker } from "./workers.js";

const LIMIT_MS = 60_000;
const NO_FILES: ReadonlySet<WorkKind> = new Set(["commits", "stash", "live_run", "uncollected_run", "unknown"]);

/**
 * The code of each worker: where it stands, what it lacks of HEAD, what it holds that is nowhere else, and when code last
 * went in and came back. Null before a push.
 */
export async function gitOfWorkers(
  session: AppSession,
  fleet: Fleet,
  workers: readonly Worker[],
  findings: Readonly<Record<string, WorkFinding>>,
): Promise<ReadonlyMap<string, JsonObject | null>> {
  const pulls = lastPulls(await fleet.results.list());
  const root = await fleet.repositoryRoot();
  const entries = workers.map(async ({ instance, facts }): Promise<readonly [string, JsonObject | null]> => {
    if (facts.lastPush === null) return [instance, null];
    const finding = findings[instance];
    const stand = finding?.kind === "known" ? await lookAt(session, fleet, facts) : null;
    const behind = await behindOf(session, fleet, root, facts);
    const lastPull = pulls.get(instance) ?? null;
    return [instance, { ...codeOf(facts, stand), behind, ...workOf(finding), lastPull }];
  });
  return new Map(await Promise.all(entries));
}

function codeOf({ lastPush }: InstanceFacts, stand: CodeStand | null): JsonObject {
  const pushed = lastPush === null ? {} : { ...lastPush };
  return {
    branch: stand?.branch ?? null,
    // What it stands on; of a worker that does not answer, what was brought.
    commit: stand?.head ?? lastPush?.base ?? null,
    ahead: stand?.ahead ?? null,
    pushed,
    lastPush: lastPush?.at ?? null,
  };
}

/** Everything that is only there; null where that is not known. */
function workOf(finding: WorkFinding | undefined): JsonObject {
  if (finding === undefined) return { work: null, dirty: null, unsaved: null };
  if (finding.kind === "unknown") {
    return { work: [{ kind: "unknown", count: 1, bytes: 0, examples: [finding.text] }], dirty: null, unsaved: null };
  }
  const open = finding.items.filter(({ saved }) => saved !== true);
  return {
    work: finding.items.map((item) => ({ ...item })),
    dirty: finding.items.some(({ kind }) => !NO_FILES.has(kind)),
    unsaved: open.reduce((sum, { count }) => sum + count, 0),
  };
}

/** A guest that does not answer is said in its health. */
async function lookAt(session: AppSession, fleet: Fleet, facts: InstanceFacts): Promise<CodeStand | null> {
  const guestPath = facts.lastPush?.guestPath ?? String(fleet.loaded.spec.values["repo.path"]);
  try {
    const options = { signal: session.interrupt.first, timeoutMs: LIMIT_MS };
    return await readStand(fleet.guest, { instance: facts.name, guestPath }, options);
  } catch (error) {
    if (!(error instanceof LimaformError) || error.code === "INTERRUPTED") throw error;
    return null;
  }
}

async function behindOf(
  session: AppSession,
  fleet: Fleet,
  root: string | null,
  { lastPush }: InstanceFacts,
): Promise<number | null> {
  if (root === null || lastPush === null || lastPush.commit === "") return null;
  return countBehind(fleet.git, root, lastPush.commit, { signal: session.interrupt.first, timeoutMs: LIMIT_MS });
}

function lastPulls(results: readonly { readonly instance: string; readonly collectedAt: string }[]) {
  const pulls = new Map<string, string>();
  for (const { instance, collectedAt } of results) {
    if (collectedAt > (pulls.get(instance) ?? "")) pulls.set(instance, collectedAt);
  }
  return pulls;
}
