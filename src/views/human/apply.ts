import type { ApplyDocument } from "../../app/app.js";
import type { Plan } from "../../plan/document.js";
import type { Action } from "../../resources/kind.js";
import type { Paint } from "../paint.js";
import { escapeLines, renderError } from "./problem.js";
import { stepLabel } from "./progress.js";
import { count, formatElapsed } from "./units.js";

const DONE_WORDS: readonly (readonly [Action, string])[] = [
  ["create", "created"],
  ["update", "changed"],
  ["replace", "replaced"],
  ["delete", "deleted"],
  ["start", "started"],
  ["stop", "stopped"],
  ["push", "pushed"],
];

/** What an apply came to: one sentence when all went well, else what ended how, why, and how to go on. */
export function renderApply(document: ApplyDocument, plan: Plan, elapsedMs: number, paint: Paint): string {
  const time = formatElapsed(elapsedMs);
  if (document.verdict === "done") return `${paint.good("Apply complete:")} ${doneText(plan)} in ${time}.\n`;
  const tally = tallyText(document);
  const first = document.verdict === "interrupted" ? "Apply interrupted:" : "Apply failed:";
  const failed = document.steps.filter((step) => step.status === "failed" && step.error !== null);
  const causes = failed.map((step) =>
    step.error === null
      ? ""
      : renderError({ ...step.error, message: `${stepLabel(step)}: ${step.error.message}` }, paint),
  );
  return `${paint.bad(first)} ${tally} after ${time}.\n${causes.join("")}${ownError(document, failed, paint)}`;
}

/** The error of the apply itself: whole where it says something of its own, else only what its causes do not hint at. */
function ownError({ error }: ApplyDocument, failed: ApplyDocument["steps"], paint: Paint): string {
  if (error === null || failed.some((step) => step.error?.message === error.message)) return "";
  if (error.code !== "APPLY_FAILED" || failed.length === 0) return renderError(error, paint);
  const said = new Set(failed.flatMap((step) => step.error?.hint.split("\n") ?? []));
  const rest = escapeLines(error.hint).filter((line) => !said.has(line));
  return rest.map((line) => `  → ${line}\n`).join("");
}

function doneText(plan: Plan): string {
  const parts = DONE_WORDS.map(
    ([action, word]) => [plan.changes.filter((change) => change.action === action).length, word] as const,
  )
    .filter(([amount]) => amount > 0)
    .map(([amount, word]) => `${amount} ${word}`);
  return parts.length === 0 ? "nothing to do" : parts.join(", ");
}

function tallyText(document: ApplyDocument): string {
  const amount = (status: string) => document.steps.filter((step) => step.status === status).length;
  const others = ["failed", "interrupted", "skipped"].filter((status) => amount(status) > 0);
  const total = count(document.steps.length, "step");
  return [`${amount("done")} of ${total} done`, ...others.map((status) => `${amount(status)} ${status}`)].join(", ");
}
