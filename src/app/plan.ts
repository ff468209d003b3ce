import { resolve } from "node:path";
import { realFuture } from "../adapters/host/files.js";
import type { Plan, PlanOptions } from "../plan/document.js";
import type { PlanInput } from "../plan/input.js";
import { makePlan } from "../plan/make-plan.js";
import { estimateMs } from "../reconcilers/estimate.js";
import { limitsFor } from "../reconcilers/limits.js";
import { baseFilesOf } from "../resources/image/base-files.js";
import type { Address, Intent, ResolvedSpec } from "../resources/kind.js";
import { digestOf } from "../util/digest.js";
import { together } from "../util/together.js";
import { VERSION } from "../util/version.js";
import type { SourceFacts } from "../world/sources.js";
import type { WorkFinding, World } from "../world/world.js";
import type { PlanRequest } from "./app.js";
import { commitsSince } from "./commits-since.js";
import type { Fleet } from "./fleet.js";
import { readLastApplied, readLastDurations } from "./last-applied.js";
import { observe } from "./observe.js";
import { probeWorkers } from "./probe-workers.js";
import type { AppSession } from "./session.js";
import { readSources } from "./sources.js";
import { isTrusted, requireTrust } from "./trust.js";
import { readUnfinished } from "./unfinished.js";

/** What a plan is made from besides the world: pinned in a saved plan, fresh otherwise. */
export interface PlanBasis {
  readonly intent: Intent;
  readonly options: PlanOptions;
  readonly spec: ResolvedSpec;
  readonly warnings: readonly string[];
  /** May still be on its way. */
  readonly sources: SourceFacts | Promise<SourceFacts>;
}

/** Reads spec and sources, observes, plans; asks the guests that the plan would disturb; plans again with their answers. */
export async function planProject(session: AppSession, request: PlanRequest): Promise<Plan> {
  const fleet = await session.fleet();
  const { spec, warnings } = fleet.loaded;
  const writes = await Promise.all(request.writes.map((file) => realFuture(resolve(session.options.cwd, file))));
  if (request.intent.kind === "apply" || request.intent.kind === "prune") await requireTrust(session, fleet, spec);
  const trusted = await isTrusted(session, fleet, spec, "files");
  const sources = readSources(spec, {
    writes,
    isUntrusted: !trusted,
    ...fleet,
    repository: session.repository,
    signal: session.interrupt.first,
  });
  const options: PlanOptions = {
    targets: request.targets as readonly Address[],
    replaces: request.replaces as readonly Address[],
    discardWork: request.discardWork as readonly Address[],
  };
  const basis = { intent: request.intent, options, spec, warnings, sources };
  const plan = await withBaseFiles(session, fleet, await planWith(session, fleet, basis));
  session.emit({
    type: "plan.ready",
    summary: { ...plan.summary },
    applicable: plan.applicable,
    steps: plan.steps.length,
  });
  return plan;
}

/** Says of a base image that is to be used where it comes from and how large it is; else nobody is asked for it. */
async function withBaseFiles({ interrupt }: AppSession, fleet: Fleet, plan: Plan): Promise<Plan> {
  const files = baseFilesOf(plan.steps);
  if (files.length === 0) return plan;
  const { baseFileText, lookAtBaseFiles } = await import("./base-files.js");
  const looking = { ...fleet, spec: fleet.loaded.spec, signal: interrupt.first };
  const downloads = await lookAtBaseFiles(files, looking);
  // A file of this host is named in the spec, and brings no download.
  const told = downloads.filter(({ from }) => from !== "file").map(baseFileText);
  return { ...plan, downloads, notes: [...plan.notes, ...told] };
}

/** Plans on the world as it is now. */
export async function planWith(
  session: AppSession,
  fleet: Fleet,
  basis: PlanBasis,
  questions: "ask" | "no-probes" = "ask",
): Promise<Plan> {
  // Git and limactl answer at the same time.
  const [sources, world] = await together(Promise.resolve(basis.sources), observe(session, fleet));
  const [{ unfinished, notices }, lastApplied, since] = await Promise.all([
    readUnfinished(fleet),
    readLastApplied(fleet),
    commitsSince(session, sources, world, fleet.project),
  ]);
  const now = session.clock.now();
  const input = (work: Readonly<Record<string, WorkFinding>>): PlanInput => ({
    ...basis,
    sources,
    warnings: [...basis.warnings, ...notices],
    rules: fleet.rules,
    engine: VERSION,
    project: fleet.project,
    owner: fleet.owner,
    ownerPath: fleet.ownerPath,
    specDigest: digestOf(basis.spec.values),
    world: { ...world, work },
    unfinished,
    lastApplied,
    commitsSince: since,
    now,
  });
  const plan =
    questions === "no-probes" ? makePlan(input({})).plan : await settle(session, fleet, world, basis.spec, input);
  const lastTimes = plan.steps.length === 0 ? {} : await readLastDurations(fleet);
  return { ...plan, estimateMs: estimateMs(plan.steps, lastTimes, limitsFor(plan.host, null)) };
}

/** Answers may lead to further questions (a withheld push changes nothing else today); each guest is asked once. */
async function settle(
  session: AppSession,
  fleet: Fleet,
  world: World,
  spec: ResolvedSpec,
  input: (work: Readonly<Record<string, WorkFinding>>) => PlanInput,
): Promise<Plan> {
  let work: Readonly<Record<string, WorkFinding>> = {};
  for (;;) {
    const { plan, asks } = makePlan(input(work));
    if (asks.length === 0) return plan;
    work = { ...work, ...(await probeWorkers(session, fleet, world, spec, asks)) };
  }
}
