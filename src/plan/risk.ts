import type { Address, Danger, Decision, PlanProblem } from "../resources/kind.js";
import { showSize } from "../util/bytes.js";
import type { WorkFinding, WorkItem, WorkKind } from "../world/world.js";
import type { AtRisk, Change } from "./document.js";
import type { PlanInput } from "./input.js";

/** What of a guest ends by each danger. A repair is no loss for a guest that does not answer: nothing of it is known to run. */
const ENDS: Readonly<Record<Danger["scope"], (kind: WorkKind) => boolean>> = {
  disk: () => true,
  processes: (kind) => kind === "live_run" || kind === "unknown",
  repair: (kind) => kind === "live_run",
};

const WORDS: Readonly<Record<WorkKind, readonly [one: string, many: string]>> = {
  uncommitted: ["uncommitted file", "uncommitted files"],
  untracked: ["untracked file", "untracked files"],
  ignored: ["changed ignored file", "changed ignored files"],
  commits: ["commit not on this host", "commits not on this host"],
  stash: ["stash", "stashes"],
  worktree: ["other worktree with uncommitted files", "other worktrees with uncommitted files"],
  nested_repository: ["nested repository", "nested repositories"],
  path: ["file in work.paths", "files in work.paths"],
  live_run: ["live run", "live runs"],
  uncollected_run: ["run whose results are not collected", "runs whose results are not collected"],
  unknown: ["worker that did not answer", "workers that did not answer"],
};

/**
 * What the steps of a decision would end, and what they save before. An endangered guest that was not or could not be
 * asked is at risk as unknown.
 */
export function atRiskOf({ steps, endangers }: Decision, work: PlanInput["world"]["work"]): readonly AtRisk[] {
  // Most decisions endanger nobody.
  if (endangers.length === 0) return NONE;
  return endangers.flatMap(({ instance, scope }) => {
    const finding = work[instance];
    const saves = () => steps.some((step) => step.verb === "save" && step.instance === instance);
    const isSaved = ({ savable, saved }: WorkItem) => saved !== true && savable === true && saves();
    return itemsOf(finding)
      .filter((item) => ENDS[scope](item.kind) || isSaved(item))
      .map((item) => ({
        kind: item.kind,
        instance,
        count: item.count,
        bytes: item.bytes,
        saved: item.saved === true || isSaved(item),
        ...(item.saved === true ? { already: true as const } : {}),
        ...(finding?.kind === "known" && finding.foundAt !== undefined ? { foundAt: finding.foundAt } : {}),
        text: describe(item, finding),
      }));
  });
}

const NONE: readonly never[] = [];

function itemsOf(finding: WorkFinding | undefined): readonly WorkItem[] {
  if (finding?.kind === "known") return finding.items;
  return [{ kind: "unknown", count: 1, bytes: 0, examples: [] }];
}

function describe({ kind, count, bytes }: WorkItem, finding: WorkFinding | undefined): string {
  if (kind === "unknown")
    return `unknown work (${finding?.kind === "unknown" ? finding.text : "its guest was not asked"})`;
  const [one, many] = WORDS[kind];
  return `${count} ${count === 1 ? one : many}${bytes > 0 ? ` (${showSize(bytes)})` : ""}`;
}

/** What is neither saved nor saved first makes the plan refuse, unless it was given up by name. */
export function riskProblems(
  changes: readonly Pick<Change, "address" | "instance" | "action" | "atRisk">[],
  discardWork: readonly Address[],
): readonly PlanProblem[] {
  const discarded = new Set(discardWork);
  return changes
    .filter(({ address, atRisk }) => atRisk.length > 0 && !discarded.has(address))
    .map(({ address, instance, action, atRisk }) => {
      return { address, made: instance, action, lost: atRisk.filter(({ saved }) => !saved) };
    })
    .filter(({ lost }) => lost.length > 0)
    .map(({ address, made, action, lost }) => {
      const instance = lost[0]?.instance ?? made;
      return {
        code: "PLAN_WORK_AT_RISK",
        text: `${address}: ${action} would lose ${lost.map(({ text }) => text).join(", ")} on ${instance}`,
        hint: `${wayOut(lost, instance)}; or give its work up: --discard-work '${address}'`,
        addresses: [address],
      };
    });
}

function wayOut(lost: readonly AtRisk[], instance: string): string {
  if (lost.some(({ kind }) => kind === "unknown"))
    return `start it so that it can be asked: limaform start ${instance}`;
  if (lost.some(({ foundAt }) => foundAt !== undefined))
    return `start it so that its work can be saved: limaform start ${instance}`;
  const kinds = new Set(lost.map(({ kind }) => kind));
  if (kinds.has("live_run")) return `wait for the run to end, or look at it: limaform shell ${instance}`;
  if (kinds.has("uncollected_run")) return "collect its results: limaform results list";
  return `this version cannot save it; copy it out, or commit it there: limaform shell ${instance}`;
}
