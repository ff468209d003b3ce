import type { Plan } from "../../plan/document.js";
import type { PlanProblem } from "../../resources/kind.js";
import { showSize } from "../../util/bytes.js";
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
  const notes = [...partialNote(plan), ...plan.notes, ...otherOrigins(plan), ...foreignOwner(plan)];
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
  if (plan.partial === true) return `No changes in a part of ${plan.project}: ${plan.options.targets.join(", ")}.`;
  return plan.intent.kind === "apply" ? `No changes.${what}${workers}.` : `No changes. Nothing to do for${what}.`;
}

/** A part must not be taken for the whole. */
function partialNote({ partial, options, intent }: Plan): readonly string[] {
  if (partial !== true) return [];
  const needed = intent.kind === "apply" ? " and what they need" : "";
  return [`only a part of the fleet (--target): ${options.targets.join(", ")}${needed}; nothing else is changed`];
}

function header(plan: Plan, command: string, paint: Paint): string {
  const engine = plan.host.isEmulated ? `${plan.host.vmType}, emulated` : plan.host.vmType;
  const workers = plan.workers === null ? [] : [workersWord(plan.workers)];
  const left = `limaform ${command}`;
  const partial = plan.partial === true ? ["partial"] : [];
  const right = [plan.project, ...workers, engine, ...partial].join(" · ");
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
  if (plan.spec === null || (plan.intent.kind !== "apply" && plan.intent.kind !== "start")) return "";
  if ((plan.spec.values["network.egress"] ?? "open") !== "open") return "";
  return `  Workers can reach this host's loopback and local network (network.egress = "open").\n`;
}

function footer(plan: Plan, paint: Paint): string {
  const summary = summaryText(plan);
  const changes = `Plan: ${summary === "" ? "no changes" : summary}.`;
  if (plan.applicable) return `${paint.bold(changes)}${costs(plan)}\n`;
  const amount = plan.errors.length === 1 ? "1 problem" : `${plan.errors.length} problems`;
  return `${paint.bold(changes)}   ${paint.bad(`Not applicable: ${amount}.`)}\n`;
}

/** `at most 12 GiB of memory (host: 64), 9 GiB of disk, about 4 min (last times)`: what of it applies. */
function costs({ needs, host, estimateMs, downloads = [] }: Plan): string {
  const hostGiB = Math.floor(host.memoryBytes / 1024 ** 3);
  const missing = downloads.filter(({ from }) => from === "download").reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
  const parts = [
    ...(needs?.startsAny ? [`at most ${showSize(needs.memoryBytes)} of memory (host: ${hostGiB})`] : []),
    ...(needs !== undefined && needs.diskBytes > 0 ? [`${showSize(needs.diskBytes)} of disk`] : []),
    ...(missing > 0 ? [`${showSize(missing)} of base image to download`] : []),
    ...(typeof estimateMs === "number" ? [`about ${roughTime(estimateMs)} (last times)`] : []),
  ];
  return parts.length === 0 ? "" : `   ${parts.join(", ")}`;
}

/** `40 s`, `4 min`, `1 h 20 min`: no more exact than last times are. */
function roughTime(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds < 10 ? seconds : Math.round(seconds / 10) * 10} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
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
