import { findingOf, type StopNotes } from "../adapters/host/stop-notes.js";
import type { Clock, Lock, LockHolder } from "../ports/host.js";
import type { WorkProbe } from "../ports/probe.js";
import type { SaveStore } from "../ports/saves.js";
import type { WorkKeeper } from "../ports/work.js";
import type { WorkFinding, WorkItem } from "../world/world.js";

export interface KeeperParts {
  readonly probe: WorkProbe;
  readonly saves: SaveStore;
  readonly notes: StopNotes;
  readonly lock: Pick<Lock, "leases">;
  readonly clock: Pick<Clock, "now">;
}

/** The one answer to "what is at risk here", for plans, status and the steps that end something. */
export function createWorkKeeper({ probe, saves, notes, lock, clock }: KeeperParts): WorkKeeper {
  const liveSaves = async (): Promise<ReadonlySet<string>> => new Set((await saves.list()).map(({ id }) => id));
  return {
    async find(facts, request, options) {
      const { name, status } = facts;
      if (status === "stopped") {
        const note = await notes.read(name);
        if (note !== null) return findingOf(note, await liveSaves());
        return { kind: "unknown", text: `${name} is stopped, and what it holds was not noted` };
      }
      if (status === "unreadable") return { kind: "unknown", text: `${name} cannot be read` };
      const [finding, leases] = await Promise.all([probe.probe(request, options), lock.leases()]);
      return withLease(finding, leases[name]);
    },
    async save(request, options) {
      await saves.save(request, options);
    },
    async noteStopped(instance, finding) {
      if (finding === null || finding.kind === "unknown") return notes.remove(instance);
      const own = (await saves.list()).filter((save) => save.instance === instance).map(({ id }) => id);
      const held = finding.items.some(({ saved }) => saved === true) ? own : [];
      await notes.write(instance, { at: clock.now(), items: finding.items, saves: held });
    },
  };
}

/** Another limaform is at work on the worker: what it does there is live work, whatever the guest says. */
function withLease(finding: WorkFinding, holder: LockHolder | undefined): WorkFinding {
  if (holder === undefined) return finding;
  const items = finding.kind === "known" ? finding.items : [];
  if (items.some(({ kind }) => kind === "live_run")) return finding;
  // A guest that did not answer stays unknown: that is more than a live run.
  if (finding.kind === "unknown") return finding;
  const item: WorkItem = { kind: "live_run", count: 1, bytes: 0, examples: [`${holder.operation}, pid ${holder.pid}`] };
  return { kind: "known", items: [...items, item] };
}
