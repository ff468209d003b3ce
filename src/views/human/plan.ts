import type { Plan } from "../../plan/document.js";
import type { PlanProblem } from "../../resources/kind.js";
import { readSize, showSize } from "../../util/bytes.js";
import { escapeLine, escapeText } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { changeCount, planLines, renderPlanLines, summaryText, workersWord } from "./plan-lines.js";
import { widthOf } from "./width.js";

const HEADER_WIDTH = 96;

/**
 * A plan as a person reads it: one line per object that changes, reasons, what is at risk, and a summary that adds up.
 *
 * Source: docs, "How the plan reads" (the contract's §4).
 */
export function renderPlan(plan: Plan, command: string, paint: Paint): string {
  const warnings = plan.warnings.map((text) => `  ${paint.warn("warning:")} ${escapeLine(text)}\n`).join("");
  const lines = renderPlanLines(planLines(plan), paint);
  if (changeCount(plan) === 0 && plan.applicable) return `${warnings}${noChanges(plan)}\n${lines}`;
  const notes = [...plan.notes, ...otherOrigins(plan), ...foreignOwner(plan)];
  return [
    header(plan, command, paint),
    section(lines),
    section(warnings + notes.map((text) => `  ${paint.dim(`note: ${escapeLine(text)}`)}\n`).join("")),
    section(problems(plan.errors, paint)),
    plan.errors.length === 0 ? networkSentence(plan) : "",
    footer(plan, paint),
  ].join("");
}

function noChanges(plan: Plan): string {
  const what = plan.intent.kind === "apply" ? ` ${plan.project} is as the spec says` : ` ${plan.project}`;
  const workers = plan.intent.kind === "apply" && plan.workers !== null ? ` (${workersWord(plan.workers)})` : "";
  return plan.intent.kind === "apply" ? `No changes.${what}${workers}.` : `No changes. Nothing to do for${what}.`;
}

function header(plan: Plan, command: string, paint: Paint): string {
  const engine = plan.host.isEmulated ? `${plan.host.vmType}, emulated` : plan.host.vmType;
  const workers = plan.workers === null ? [] : [workersWord(plan.workers)];
  const left = `limaform ${command}`;
  const right = [plan.project, ...workers, engine].join(" · ");
  const gap = " ".repeat(Math.max(2, HEADER_WIDTH - widthOf(left) - widthOf(right)));
  return `${paint.bold(left)}${gap}${paint.dim(right)}\n\n`;
}

const section = (text: string): string => (text === "" ? "" : `${text}\n`);

function problems(errors: readonly PlanProblem[], paint: Paint): string {
  if (errors.length === 0) return "";
  const rows = errors.flatMap((problem) => [
    `    ${paint.bad(problem.code)}${problem.addresses.length === 0 ? "" : `  ${problem.addresses.join(", ")}`}`,
    ...escapeText(problem.text)
      .split("\n")
      .map((text) => `        ${text}`),
    ...(problem.hint === "" ? [] : [`        → ${escapeLine(problem.hint)}`]),
  ]);
  return [`  ${paint.bad("This plan cannot be applied:")}`, ...rows].map((row) => `${row}\n`).join("");
}

/** The one sentence without which nothing may be called isolated. */
function networkSentence(plan: Plan): string {
  if (plan.spec === null || plan.intent.kind === "destroy" || plan.intent.kind === "stop") return "";
  if ((plan.spec.values["network.egress"] ?? "open") !== "open") return "";
  return `  Workers can reach this host's loopback and local network (network.egress = "open").\n`;
}

function footer(plan: Plan, paint: Paint): string {
  const summary = summaryText(plan);
  const changes = `Plan: ${summary === "" ? "no changes" : summary}.`;
  if (plan.applicable) return `${paint.bold(changes)}${memory(plan)}\n`;
  const amount = plan.errors.length === 1 ? "1 problem" : `${plan.errors.length} problems`;
  return `${paint.bold(changes)}   ${paint.bad(`Not applicable: ${amount}.`)}\n`;
}

function memory(plan: Plan): string {
  const each = readSize(String(plan.spec?.values["vm.memory"] ?? ""));
  if (plan.intent.kind !== "apply" || plan.workers === null || each === null) return "";
  const hostGiB = Math.floor(plan.host.memoryBytes / 1024 ** 3);
  return `   at most ${showSize(plan.workers * each)} of memory (host: ${hostGiB})`;
}

/** One line that names the values which the committed file does not decide. */
function otherOrigins(plan: Plan): readonly string[] {
  const names = Object.entries(plan.spec?.origins ?? {})
    .map(([key, origin]) => {
      if (origin.layer === "environment") return `${key} (${origin.variable})`;
      if (origin.layer === "flag") return `${key} (${origin.flag})`;
      return origin.layer === "user-defaults" ? `${key} (user defaults)` : "";
    })
    .filter((text) => text !== "")
    .sort();
  return names.length === 0 ? [] : [`values that do not come from the spec: ${names.join(", ")}`];
}

/** Says whose fleet this is when the owner is neither around nor inside the spec's folder (worktrees, LIMAFORM_OWNER). */
function foreignOwner(plan: Plan): readonly string[] {
  const root = plan.spec?.root;
  if (root === undefined || plan.ownerPath === "") return [];
  const base = plan.ownerPath.replace(/\/\.git$/, "");
  const isNear = `${root}/`.startsWith(`${base}/`) || `${base}/`.startsWith(`${root}/`);
  return isNear ? [] : [`the fleet belongs to ${plan.ownerPath}`];
}
