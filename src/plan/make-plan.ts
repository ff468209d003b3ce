import {
  ACTIONS,
  type Action,
  type Address,
  type Decision,
  type DesiredNode,
  type PlanProblem,
} from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { HostFacts, InstanceFacts } from "../world/world.js";
import { judgeCapacity } from "./capacity.js";
import { nameProblems, protectedProblems, worldProblems, worldWarnings } from "./checks.js";
import { compile } from "./compile.js";
import { decideAll } from "./decide.js";
import { type Change, PLAN_FORMAT, PLAN_VERSION, type Plan, type Summary } from "./document.js";
import { fingerprintOf, worldDigestOf } from "./fingerprint.js";
import { groupInstances } from "./group.js";
import { handProblems } from "./hands.js";
import type { PlanInput } from "./input.js";
import { needsOf } from "./needs.js";
import { sourceNotes } from "./notes.js";
import { atRiskOf, riskProblems } from "./risk.js";
import { expandOptions, replaceProblems, unknownTargets } from "./select.js";
import { orderSteps } from "./steps.js";

/** A plan, and what must be asked before it is final. */
export interface Draft {
  readonly plan: Plan;
  /** Instances whose guests are to be probed; plan again with the findings. Sorted, without those already known. */
  readonly asks: readonly string[];
}

/**
 * The planner: pure, deterministic, never acts.
 *
 * Errors: none are thrown for problems of spec or world; they stand in `plan.errors`, all of them.
 */
export function makePlan(given: PlanInput): Draft {
  const groups = groupInstances(given);
  const graph = compile(given);
  const input = { ...given, options: expandOptions(given.options, graph, groups) };
  const { decisions, problems, notes } = decideAll(input, graph, groups);
  const changes = decisions.map((decision) => toChange(decision, input));
  const steps = orderSteps(decisions, input.rules, input.spec);
  const ours = [...groups.objects.values(), ...groups.residues.values()].flat();
  const needs = needsOf(steps, input.world, ours);
  const capacity = judgeCapacity({
    needs,
    host: input.world.host,
    spec: input.spec,
    others: runningOthers(input, ours),
  });
  const errors = mergeEqual([
    ...worldProblems(input, groups),
    ...unknownTargets(input, graph, groups),
    ...nameProblems(input, graph, decisions),
    ...handProblems(input, graph, groups),
    ...protectedProblems(input, decisions),
    ...replaceProblems(input, graph, decisions),
    ...capacity.problems,
    ...problems,
    ...riskProblems(changes, input.options.discardWork),
  ]);
  const plan: Plan = {
    format: PLAN_FORMAT,
    version: PLAN_VERSION,
    engine: input.engine,
    createdAt: input.now,
    project: input.project,
    owner: input.owner,
    ownerPath: input.ownerPath,
    intent: input.intent,
    options: input.options,
    host: lastingFacts(input.world.host),
    specDigest: input.specDigest,
    worldDigest: worldDigestOf(ours),
    applicable: errors.length === 0,
    errors,
    warnings: [...input.warnings, ...worldWarnings(input, graph, groups)],
    notes: [...sourceNotes(input), ...notes, ...capacity.notes],
    changes,
    steps,
    summary: summarise(changes),
    spec: input.spec,
    sources: input.sources,
    workers: wantedWorkers(input, graph),
    partial: input.options.targets.length > 0,
    needs,
  };
  return { plan, asks: unansweredOf(decisions, input.world.work) };
}

/** Guests that a decision depends on or endangers, and that were not asked yet. */
function unansweredOf(decisions: readonly Decision[], work: PlanInput["world"]["work"]): readonly string[] {
  const names = new Set<string>();
  for (const { asks, endangers } of decisions) {
    for (const name of asks) if (work[name] === undefined) names.add(name);
    for (const { instance } of endangers) if (work[instance] === undefined) names.add(instance);
  }
  return [...names].sort(compareText);
}

/** Without what changes by the second: the same world gives the same plan. */
function lastingFacts({ diskFreeBytes: _free, ...host }: HostFacts): HostFacts {
  return host;
}

function runningOthers({ world }: PlanInput, ours: readonly InstanceFacts[]): readonly InstanceFacts[] {
  const own = new Set(ours.map(({ name }) => name));
  return world.instances.filter(({ name, status }) => status === "running" && !own.has(name));
}

/** What is wrong with one thing is said once, with all addresses that it stops. */
function mergeEqual(problems: readonly PlanProblem[]): readonly PlanProblem[] {
  const groups = Map.groupBy(problems, ({ code, text, hint }) => JSON.stringify([code, text, hint]));
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const addresses = [first, ...others].flatMap((problem) => problem.addresses);
    return [{ ...first, addresses: [...new Set(addresses)] }];
  });
}

function toChange(decision: Decision, input: PlanInput): Change {
  const { address, instance, action, reasons, before, after } = decision;
  return {
    address,
    instance,
    action,
    reasons,
    before,
    after,
    atRisk: atRiskOf(decision, input.world.work),
    fingerprint: fingerprintOf(decision),
  };
}

export function summarise(changes: readonly { readonly action: Action }[]): Summary {
  const counts = Map.groupBy(changes, ({ action }) => action);
  return Object.fromEntries(ACTIONS.map((action) => [action, counts.get(action)?.length ?? 0])) as Summary;
}

/** True when apply would walk no step. */
export const isEmpty = (plan: Pick<Plan, "changes">): boolean => plan.changes.every(({ action }) => action === "none");

/** Workers are what rolls: the slots that drift expects to be there. */
function wantedWorkers({ intent, rules }: PlanInput, graph: ReadonlyMap<Address, DesiredNode>): number | null {
  if (intent.kind === "destroy") return 0;
  if (intent.kind !== "apply") return null;
  const rolling = new Set(rules.filter(({ rollout }) => rollout !== undefined).map(({ kind }) => kind));
  return [...graph.values()].filter(({ kind }) => rolling.has(kind)).length;
}
