import type { Address, Decision, PlanProblem } from "../resources/kind.js";
import { showSize } from "../util/bytes.js";
import type { WorkFinding, WorkItem, WorkKind } from "../world/world.js";
import type { AtRisk, Change } from "./document.js";
import type { PlanInput } from "./input.js";

/** Ends with the process it runs in, also when the disk stays. */
const OF_PROCESSES: ReadonlySet<WorkKind> = new Set(["live_run", "unknown"]);

const WORDS: Readonly<Record<WorkKind, readonly [one: string, many: string]>> = {
  uncommitted: ["uncommitted file", "uncommitted files"],
  untracked: ["untracked file", "untracked files"],
  ignored: ["changed ignored file", "changed ignored files"],
  commits: ["commit not on this host", "commits not on this host"],
  stash: ["stash", "stashes"],
  worktree: ["other worktree", "other worktrees"],
  nested_repository: ["nested repository", "nested repositories"],
  path: ["file in work.paths", "files in work.paths"],
  live_run: ["live run", "live runs"],
  uncollected_run: ["run whose results are not collected", "runs whose results are not collected"],
  unknown: ["worker that did not answer", "workers that did not answer"],
};

/** What the steps of a decision would end. An endangered guest that was not or could not be asked is at risk as unknown. */
export function atRiskOf(decision: Decision, work: PlanInput["world"]["work"]): readonly AtRisk[] {
  return decision.endangers.flatMap(({ instance, scope }) => {
    const items = itemsOf(work[instance]).filter(({ kind }) => scope === "disk" || OF_PROCESSES.has(kind));
    return items.map(({ kind, count, bytes }) => ({
      kind,
      instance,
      count,
      bytes,
      saved: false,
      text: describe(kind, count, bytes, work[instance]),
    }));
  });
}

function itemsOf(finding: WorkFinding | undefined): readonly WorkItem[] {
  if (finding?.kind === "known") return finding.items;
  return [{ kind: "unknown", count: 1, bytes: 0, examples: [] }];
}

function describe(kind: WorkKind, count: number, bytes: number, finding: WorkFinding | undefined): string {
  if (kind === "unknown")
    return `unknown work (${finding?.kind === "unknown" ? finding.text : "its guest was not asked"})`;
  const [one, many] = WORDS[kind];
  return `${count} ${count === 1 ? one : many}${bytes > 0 ? ` (${showSize(bytes)})` : ""}`;
}

/** Nothing is saved yet by this version, so whatever is at risk makes the plan refuse, unless it was given up by name. */
export function riskProblems(
  changes: readonly Pick<Change, "address" | "instance" | "action" | "atRisk">[],
  discardWork: readonly Address[],
): readonly PlanProblem[] {
  const discarded = new Set(discardWork);
  return changes
    .filter(({ address, atRisk }) => atRisk.length > 0 && !discarded.has(address))
    .map(({ address, instance: made, action, atRisk }) => {
      const instance = atRisk[0]?.instance ?? made;
      return {
        code: "PLAN_WORK_AT_RISK",
        text: `${address}: ${action} would lose ${atRisk.map(({ text }) => text).join(", ")} on ${instance}`,
        hint: atRisk.some(({ kind }) => kind === "unknown")
          ? `start it so that it can be asked: limaform start ${instance}; or give its work up: --discard-work '${address}'`
          : `bring the work to the host first (limaform results, limaform shell ${instance}); or give it up: --discard-work '${address}'`,
        addresses: [address],
      };
    });
}
