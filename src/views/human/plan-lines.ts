import type { AtRisk, Change, Plan } from "../../plan/document.js";
import { parseAddress, slotOf } from "../../resources/address.js";
import type { Action } from "../../resources/kind.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { count, formatSlots } from "./units.js";
import { padTo, widthOf } from "./width.js";

/** Words of a kind for an action where the plain one would read oddly. The JSON action stays. */
const KIND_WORDS: Readonly<Record<string, Partial<Record<Action, string>>>> = { image: { create: "build" } };

/** Kinds of update with a word of their own, by the code of their reason. */
const REASON_WORDS: Readonly<Record<string, string>> = { adopt_requested: "adopt", forget_requested: "forget" };

const SYMBOLS: Readonly<Record<Action, string>> = {
  create: "+",
  update: "~",
  replace: "±",
  delete: "-",
  start: "↑",
  stop: "↓",
  push: ">",
  none: "·",
};

/** One line of the plan: a change, or several pushes of one pool for the same reason. */
export interface PlanLine {
  readonly label: string;
  readonly action: Action;
  readonly word: string;
  readonly reason: string;
  readonly risks: readonly string[];
}

/** Shape: in the order of `changes`; pushes of one pool with equal reasons become one line at the place of the first. */
export function planLines(plan: Plan): readonly PlanLine[] {
  const groups = new Map<string, Change[]>();
  for (const change of plan.changes.filter(isShown)) {
    const key = groupKey(change);
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [toLine(first, others, plan)],
  );
}

/** What stays as it is needs no line, unless there is something to say about it. */
function isShown(change: Change): boolean {
  return change.action !== "none" || change.atRisk.length > 0 || change.reasons.some((reason) => reason.text !== "");
}

function groupKey(change: Change): string {
  const parts = parseAddress(change.address);
  const isAlone = change.action !== "push" || change.atRisk.length > 0 || parts === null || parts.slot === null;
  return isAlone
    ? JSON.stringify([change.address, change.instance, change.action])
    : JSON.stringify([parts.kind, parts.name, reasonText(change)]);
}

function toLine(first: Change, others: readonly Change[], plan: Plan): PlanLine {
  const slots = [first, ...others].map((change) => slotOf(change.address)).sort((left, right) => left - right);
  const isGroup = others.length > 0;
  return {
    label: isGroup ? `${first.address.replace(/\[\d+\]$/, "")}[${formatSlots(slots)}]` : first.address,
    action: first.action,
    word: wordOf(first),
    reason: first.action === "push" ? `${reasonText(first)} to ${workersText(slots)}` : reasonText(first),
    risks: riskTexts(first, plan),
  };
}

function wordOf({ address, action, reasons }: Change): string {
  const special = action === "update" ? REASON_WORDS[reasons[0]?.code ?? ""] : undefined;
  return special ?? KIND_WORDS[parseAddress(address)?.kind ?? ""]?.[action] ?? action;
}

function workersText(slots: readonly number[]): string {
  if (slots.length === 1) return `worker ${slots[0]}`;
  return `workers ${slots.length <= 6 ? slots.join(", ") : formatSlots(slots)}`;
}

function reasonText(change: Change): string {
  return escapeLine(
    change.reasons
      .map((reason) => reason.text)
      .filter((text) => text !== "")
      .join("; "),
  );
}

function riskTexts(change: Change, plan: Plan): readonly string[] {
  const isDiscarded = plan.options.discardWork.includes(change.address);
  const fateOf = (risk: AtRisk): string => {
    if (risk.already === true) return "saved already (limaform results list)";
    if (risk.saved) return "saved first";
    return isDiscarded ? "discarded (--discard-work)" : "cannot be saved";
  };
  const fates = Map.groupBy(change.atRisk, fateOf);
  return [...fates].map(([fate, risks]) => {
    return `at risk: ${risks.map(({ text }) => escapeLine(text)).join(", ")} → ${fate}`;
  });
}

/** Aligned text of the lines, each with its line end. */
export function renderPlanLines(lines: readonly PlanLine[], paint: Paint): string {
  const labelWidth = Math.max(24, ...lines.map((line) => widthOf(line.label) + 2));
  const wordWidth = Math.max(12, ...lines.map((line) => widthOf(line.word) + 2));
  return lines
    .map((line) => {
      const colour = colourOf(line.action, paint);
      const head = `  ${colour(SYMBOLS[line.action])} ${paint.bold(padTo(line.label, labelWidth))}`;
      const text = `${head}${colour(padTo(line.word, wordWidth))}${line.reason}`.trimEnd();
      return [text, ...line.risks.map((risk) => `        ${paint.warn(risk)}`)].map((row) => `${row}\n`).join("");
    })
    .join("");
}

function colourOf(action: Action, paint: Paint): (text: string) => string {
  if (action === "create" || action === "start" || action === "push") return paint.good;
  if (action === "delete" || action === "stop") return paint.bad;
  return action === "none" ? paint.dim : paint.warn;
}

const SUMMARY_WORDS: readonly (readonly [Action, string])[] = [
  ["create", "to create"],
  ["update", "to change"],
  ["replace", "to replace"],
  ["delete", "to delete"],
  ["start", "to start"],
  ["stop", "to stop"],
  ["push", "to push"],
];

/** `2 to create, 1 to push`; counts the changes themselves, so it adds up with the lines. Empty when nothing changes. */
export function summaryText(plan: Plan): string {
  return SUMMARY_WORDS.map(
    ([action, words]) => [plan.changes.filter((change) => change.action === action).length, words] as const,
  )
    .filter(([amount]) => amount > 0)
    .map(([amount, words]) => `${amount} ${words}`)
    .join(", ");
}

/** Number of changes that an apply would make. */
export function changeCount(plan: Plan): number {
  return plan.changes.filter((change) => change.action !== "none").length;
}

export const workersWord = (workers: number): string => count(workers, "worker");
