import type { LockHolder } from "../ports/host.js";
import type { ResolvedSpec } from "../resources/kind.js";
import type { WorkFinding, WorkItem, World } from "../world/world.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 10_000;
/** A fresh connection to an emulated guest costs seconds in its key exchange alone. */
const EMULATED_LIMIT_MS = 60_000;

/** Never work: what tools can make again. The defaults of `sync.from.exclude`, which is not a key of this version yet. */
const NOT_WORK = ["node_modules/", ".git/", "target/", ".venv/", "__pycache__/", "dist/", "*.log", ".DS_Store"];

/** Asks guests, in parallel, what they hold that exists nowhere else. No answer is a finding too: unknown. */
export async function probeWorkers(
  { emit, clock, interrupt }: AppSession,
  fleet: Fleet,
  world: World,
  spec: ResolvedSpec,
  instances: readonly string[],
): Promise<Readonly<Record<string, WorkFinding>>> {
  if (instances.length === 0) return {};
  emit({ type: "probe.started", instances });
  const startedMs = clock.monotonicMs();
  const timeoutMs = world.host.isEmulated ? EMULATED_LIMIT_MS : LIMIT_MS;
  const [hostRoot, leases] = await Promise.all([fleet.repositoryRoot(), fleet.lock.leases()]);
  const findings = await Promise.all(
    instances.map(async (instance): Promise<readonly [string, WorkFinding]> => {
      const facts = world.instances.find(({ name }) => name === instance);
      if (facts?.status !== "running") {
        return [instance, { kind: "unknown", text: `${instance} is not running, so it cannot be asked` }];
      }
      const request = {
        instance,
        guestPath: String(spec.values["repo.path"]),
        workPaths: [],
        notWork: NOT_WORK,
        hostRoot,
        madeAt: facts.readyAt,
      };
      const finding = await fleet.probe.probe(request, { signal: interrupt.first, timeoutMs });
      return [instance, withLease(finding, leases[instance])];
    }),
  );
  emit({ type: "probe.completed", elapsedMs: Math.round(clock.monotonicMs() - startedMs) });
  return Object.fromEntries(findings);
}

/** Another limaform is at work on the worker: what it does there is live work, whatever the guest says. */
function withLease(finding: WorkFinding, holder: LockHolder | undefined): WorkFinding {
  if (holder === undefined || finding.kind === "unknown" || finding.items.some(({ kind }) => kind === "live_run")) {
    return finding;
  }
  const item: WorkItem = { kind: "live_run", count: 1, bytes: 0, examples: [`${holder.operation}, pid ${holder.pid}`] };
  return { kind: "known", items: [...finding.items, item] };
}
