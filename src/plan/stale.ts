import { StalePlanError } from "../errors/errors.js";
import type { Address } from "../resources/kind.js";
import { canonicalJson } from "../util/canonical-json.js";
import type { AtRisk, Change, Plan } from "./document.js";

/** What a plan said about something, and what it would say now. Texts for people. */
export interface Mismatch {
  /** Empty for what concerns the plan as a whole. */
  readonly address: Address | "";
  readonly planned: string;
  readonly found: string;
  /** Stands in the error where nothing else has moved; default `STALE_PLAN`. */
  readonly code?: string;
}

/**
 * What has moved since a plan was made, judged by a fresh plan from the same spec, sources and options.
 *
 * Shape: exact for what the saved plan would do: its changes other than `none`, the objects they rest on and the work
 * they would end. Changes elsewhere are no mismatch; neither is work that has gone. In the order of the saved plan.
 */
export function staleness(saved: Plan, fresh: Plan): readonly Mismatch[] {
  const byObject = Map.groupBy(fresh.changes, keyOf);
  const byAddress = Map.groupBy(fresh.changes, ({ address }) => address);
  const acting = saved.changes.filter(({ action }) => action !== "none");
  const moved = acting.flatMap((planned) => {
    // One object can have two changes: what a cut-off clone left is deleted, and made anew under the same name.
    const same = byObject.get(keyOf(planned)) ?? [];
    const found = same.find(({ action }) => action === planned.action) ?? same[0];
    const mismatch = found === undefined ? lost(planned, byAddress.get(planned.address)) : compare(planned, found);
    return mismatch === null ? [] : [mismatch];
  });
  return [...moved, ...newProblems(saved, fresh, new Set(acting.map(({ address }) => address)))];
}

/**
 * True when a plan would do nothing that was not approved with the other one: the same steps on the same objects, to the
 * same end, with no more work at risk. What is done meanwhile may be missing.
 */
export function isWithin(plan: Plan, approved: Plan): boolean {
  const planned = Map.groupBy(approved.changes, keyOf);
  const stepKey = ({ verb, address, instance }: Plan["steps"][number]) => `${verb} ${address} ${instance}`;
  const steps = new Set(approved.steps.map(stepKey));
  const isPlanned = (change: Change) =>
    change.action === "none" ||
    (planned.get(keyOf(change)) ?? []).some(
      (other) =>
        other.action === change.action &&
        canonicalJson(other.after) === canonicalJson(change.after) &&
        change.atRisk.every((item) => isCovered(item, other.atRisk)),
    );
  return plan.steps.every((step) => steps.has(stepKey(step))) && plan.changes.every(isPlanned);
}

/** Errors: STALE_PLAN naming each mismatch; the code of the mismatches where all have the same. */
export function stalePlanError(mismatches: readonly Mismatch[]): StalePlanError {
  const lines = mismatches.map(({ address, planned, found, code }) => {
    // With a code of its own it is a sentence.
    const but = `but ${found.charAt(0).toLowerCase()}${found.slice(1)}`;
    const what = `planned ${planned}, ${code === undefined ? `found ${found}` : but}`;
    return address === "" ? what : `${address}: ${what}`;
  });
  const codes = new Set(mismatches.map(({ code = "STALE_PLAN" }) => code));
  const [only = "STALE_PLAN"] = codes;
  return new StalePlanError(
    codes.size === 1 ? only : "STALE_PLAN",
    `the plan no longer fits what is there: ${lines.join("; ")}`,
    {
      hint: "Nothing was done. To see what apply would do now: limaform plan",
      details: { mismatches: mismatches.map((mismatch) => ({ ...mismatch })) },
    },
  );
}

const keyOf = ({ address, instance }: Change): string => `${address} ${instance}`;

function lost(planned: Change, others: readonly Change[] | undefined): Mismatch {
  const found = (others ?? []).map(describe).join(", ");
  return { address: planned.address, planned: describe(planned), found: found === "" ? "nothing to do" : found };
}

function compare(planned: Change, found: Change): Mismatch | null {
  const { address } = planned;
  if (planned.action !== found.action) return { address, planned: describe(planned), found: describe(found) };
  if (planned.fingerprint !== found.fingerprint) {
    return { address, planned: `${planned.instance} as it was`, found: `${planned.instance} or its image changed` };
  }
  // What saved.git has is safe, whoever saved it since.
  const more = found.atRisk.filter((item) => item.already !== true && !isCovered(item, planned.atRisk));
  if (more.length === 0) return null;
  return {
    address,
    planned: planned.atRisk.length === 0 ? "no work at risk" : planned.atRisk.map(({ text }) => text).join(", "),
    found: more.map(({ text }) => text).join(", "),
  };
}

/** More than was planned would be lost without anybody having seen it. */
function isCovered(found: AtRisk, planned: readonly AtRisk[]): boolean {
  return planned.some(
    ({ kind, instance, count, bytes }) =>
      kind === found.kind && instance === found.instance && count >= found.count && bytes >= found.bytes,
  );
}

function describe({ action, instance, reasons }: Change): string {
  const why = reasons.map(({ text }) => text).join("; ");
  return `${action} ${instance}${why === "" ? "" : ` (${why})`}`;
}

/** Problems that appeared since, at what the plan would change or with the world as a whole. */
function newProblems(saved: Plan, fresh: Plan, touched: ReadonlySet<Address>): readonly Mismatch[] {
  const known = new Set(saved.errors.map(({ text }) => text));
  return fresh.errors
    .filter(({ code, text }) => !known.has(text) && code !== "PLAN_WORK_AT_RISK")
    .filter(({ addresses }) => addresses.length === 0 || addresses.some((address) => touched.has(address)))
    .map(({ addresses, text }) => ({
      address: addresses.find((address) => touched.has(address)) ?? "",
      planned: "no problem",
      found: text,
    }));
}
