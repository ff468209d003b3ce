import type { BackChange, SyncBackDocument } from "../../app/app.js";
import type { BackEventChange } from "../../events/event.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { count } from "./units.js";

const SIGNS: Readonly<Record<string, string>> = { added: "+", modified: "~", deleted: "-", many: "!" };

/** Words for why a file did not come, and what a person can do about it. */
const WHY: Readonly<Record<string, string>> = {
  review: "waits for review",
  delete: "a deletion: waits for your word",
  changed_on_host: "changed on both sides: both are kept",
  made_on_host: "made on both sides: both are kept",
  deleted_on_host: "deleted here, changed there: the worker's version is kept",
  changed_meanwhile: "changed here while it came: both are kept",
  changes_now: "is being written here: both are kept",
  link_in_the_way: "a link is in the way here",
  file_in_the_way: "a file is in the way here",
  folder: "a folder is in the way here",
  special_file: "a special file is in the way here",
  other_device: "another file system is mounted here",
  not_permitted: "may not be written here",
};

/** What a worker changed, path by path, and what became of it. */
export function renderSyncBack(document: SyncBackDocument, paint: Paint): string {
  const { changes, halted, instance } = document;
  const notes = document.notes.map((note) => `${paint.dim(`note: ${escapeLine(note)}`)}\n`).join("");
  if (changes.length === 0) return `Nothing new in ${instance}.\n${notes}`;
  const lines = changes.map((change) => `  ${changeText(change, paint)}\n`);
  const stops = halted.map((text) => `${paint.warn(`! stopped: ${escapeLine(text)}`)}\n`);
  return `${lines.join("")}${stops.join("")}${summaryOf(document)}\n${notes}${nextStep(document)}`;
}

function changeText({ path, change, status, categories, why }: BackChange, paint: Paint): string {
  const kinds = categories.length === 0 ? "" : `  ${paint.warn(`[${categories.join(", ")}]`)}`;
  return `${SIGNS[change] ?? "?"} ${escapeLine(path)}${kinds}${reason({ status, why }, paint)}`;
}

function reason({ status, why }: Pick<BackChange, "status" | "why">, paint: Paint): string {
  if (status === "refused") return `  ${paint.bad(`refused: ${why.replaceAll("_", " ")}`)}`;
  if (why === "") return "";
  const text = WHY[why] ?? why.replaceAll("_", " ");
  return `  ${status === "conflict" ? paint.bad(text) : paint.warn(text)}`;
}

function summaryOf({ summary, instance, dryRun, root }: SyncBackDocument): string {
  const { taken, takeable, waits, conflicts, refused } = summary;
  const written = dryRun ? `${takeable} would be written` : `${taken} written`;
  const rest = [
    [waits, "waits for your word", "wait for your word"],
    [conflicts, "in conflict", "in conflict"],
    [refused, "refused", "refused"],
  ] as const;
  const parts = rest.flatMap(([amount, one, many]) => (amount === 0 ? [] : [`${amount} ${amount === 1 ? one : many}`]));
  return `From ${instance} to ${root}: ${[written, ...parts].join(", ")}.`;
}

function nextStep({ summary, slot, ignored, halted, quarantine, dryRun }: SyncBackDocument): string {
  const lines: string[] = [];
  if (summary.waits > 0 || (halted.length > 0 && !dryRun)) {
    lines.push(`To look at what waits and take it: limaform sync-back ${slot}${ignored ? " --ignored" : ""} --review`);
  }
  if (summary.conflicts > 0) {
    lines.push(
      `To settle ${count(summary.conflicts, "conflict")}, change or move your own file, then run it again. The worker's versions: git --git-dir=${quarantine} cat-file blob OBJECT (see --json)`,
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** `14:03:09`, UTC, of an event's time. */
export const clockOf = (at: string): string => at.slice(11, 19);

/** One itemised change of a watch, with its time. */
export function backLine(event: BackEventChange & { readonly slot: number }, at: string, paint: Paint): string {
  const { path, change, status, why, slot } = event;
  const text =
    status === "halted" ? `  ${paint.warn(`stopped: ${escapeLine(why)}`)}` : reason({ status, why } as never, paint);
  return `${paint.dim(clockOf(at))}  worker ${slot}  ${SIGNS[change] ?? "?"} ${escapeLine(path)}${text}`;
}
