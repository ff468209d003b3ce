import { statusWord } from "../plan/status-word.js";
import { marksOf } from "../resources/marks-of.js";
import { NOBODY } from "../world/marks.js";
import type { InstanceFacts, InstanceListing, WorkFinding } from "../world/world.js";
import type { ListDocument, StatusDocument } from "./app.js";
import type { Fleet } from "./fleet.js";
import { readImages } from "./images.js";
import { observe } from "./observe.js";
import { planWith } from "./plan.js";
import { probeWorkers } from "./probe-workers.js";
import type { AppSession } from "./session.js";
import { readSources } from "./sources.js";
import { gitOfWorkers } from "./status-git.js";
import { runsOfWorkers } from "./status-run.js";
import { findTaken } from "./taken.js";
import { isTrusted } from "./trust.js";
import { type UnreadWorker, unreadText, unreadWorkers } from "./unread-workers.js";
import { chooseWorkers, type Worker, workersOf } from "./workers.js";

/** Each worker's state, health and work; probes all chosen running workers. Reads only. */
export async function readStatus(session: AppSession, typed: readonly string[]): Promise<StatusDocument> {
  const fleet = await session.fleet();
  const { spec, warnings } = fleet.loaded;
  const world = await observe(session, fleet);
  const all = workersOf(fleet, world.instances);
  const taken = await findTaken(fleet, world);
  const unread = await unreadWorkers(fleet, world);
  const chosen = typed.length === 0 ? all : chooseWorkers(all, typed, unread);
  const running = chosen.filter(({ facts }) => facts.status === "running").map(({ instance }) => instance);
  const findings = await probeWorkers(session, fleet, world, spec, running);
  const git = await gitOfWorkers(session, fleet, chosen, findings);
  const runs = await runsOfWorkers(session, fleet, chosen);
  const stale = await staleWorkers(session, fleet);
  return {
    format: "limaform.status",
    version: 1,
    project: fleet.project,
    images: await readImages(fleet, world.instances),
    workers: chosen.map((worker) => ({
      ...toStatus(worker, findings[worker.instance], stale.has(worker.address)),
      git: git.get(worker.instance) ?? null,
      run: runs.get(worker.instance) ?? null,
    })),
    warnings: [
      ...warnings,
      ...(taken === null ? [] : [`${taken.text} [${taken.code}]: ${taken.hint}`]),
      ...unread.map(unreadText),
      ...otherFailures(world, unread).map(({ instance, text }) => `${instance || "listing"}: ${text}`),
    ],
  };
}

/** Failures that are not told of a worker already. */
function otherFailures({ failures }: InstanceListing, unread: readonly UnreadWorker[]) {
  const told = new Set(unread.map(({ instance }) => instance));
  return failures.filter(({ instance }) => !told.has(instance));
}

const WATCH_MS = 5_000;

/** Again and again until it is interrupted. */
export async function watchStatus(
  session: AppSession,
  typed: readonly string[],
  onDocument: (document: StatusDocument) => void,
): Promise<never> {
  for (;;) {
    onDocument(await readStatus(session, typed));
    await session.clock.sleep(WATCH_MS, session.interrupt.first);
  }
}

/** Addresses whose worker the next apply would replace because of its image. */
async function staleWorkers(session: AppSession, fleet: Fleet): Promise<ReadonlySet<string>> {
  const { spec } = fleet.loaded;
  // Without the files' contents nobody can say which image is wanted.
  if (!(await isTrusted(session, fleet, spec, "files"))) return new Set();
  const sources = await readSources(spec, {
    writes: [],
    ...fleet,
    repository: session.repository,
    signal: session.interrupt.first,
  });
  const options = { targets: [], replaces: [], discardWork: [] };
  const plan = await planWith(
    session,
    fleet,
    { intent: { kind: "apply" }, options, spec, warnings: [], sources },
    "no-probes",
  );
  const isStale = (code: string) => code.startsWith("image_") || code === "held_stale";
  return new Set(
    plan.changes.filter(({ reasons }) => reasons.some(({ code }) => isStale(code))).map(({ address }) => address),
  );
}

function toStatus({ slot, instance, facts }: Worker, finding: WorkFinding | undefined, stale: boolean) {
  const marks = marksOf(facts);
  const word = statusWord(facts);
  return {
    slot,
    name: instance,
    status: word,
    health: healthOf(facts, finding),
    revision: marks?.revision ?? "",
    stale,
    held: (marks?.hold ?? "") !== "",
    cpus: facts.cpus,
    memoryBytes: facts.memoryBytes,
    diskBytes: facts.diskBytes,
  };
}

function healthOf(facts: InstanceFacts, finding: WorkFinding | undefined): string {
  if (facts.openConfig.length > 0) return "open configuration";
  if (facts.damage !== undefined && facts.status !== "running") return facts.damage.text;
  if (facts.errors.length > 0) return facts.errors[0] ?? "";
  if (facts.status !== "running") return "-";
  return finding?.kind === "unknown" ? "no answer" : "ok";
}

/** Instances with marks of this project (or of any). Reads only. */
export async function listInstances(session: AppSession, allProjects: boolean): Promise<ListDocument> {
  const fleet = await session.fleet();
  const listing = await fleet.reader.list(session.interrupt.first);
  for (const worker of await unreadWorkers(fleet, listing))
    session.emit({ type: "log", level: "warning", text: unreadText(worker) });
  const rows = listing.instances.flatMap((facts) => {
    const marks = marksOf(facts);
    if (marks === null || marks.owner === NOBODY || (!allProjects && marks.project !== fleet.project)) return [];
    const { name, cpus, memoryBytes, diskBytes } = facts;
    const { project, role, slot } = marks;
    const foreignCopy = marks.name !== name;
    return [{ name, project, role, slot, status: statusWord(facts), cpus, memoryBytes, diskBytes, foreignCopy }];
  });
  return { format: "limaform.list", version: 1, instances: rows };
}
