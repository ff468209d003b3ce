import type { WaitDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";
import { formatElapsed } from "./units.js";

/** Where each worker stands, and whether that is what was waited for. */
export function renderWait(document: WaitDocument, paint: Paint): string {
  const rows = document.workers.map(({ slot, instance, state, text }) => [
    String(slot),
    escapeLine(instance),
    escapeLine(state.replaceAll("_", " ")),
    escapeLine(text) || "-",
  ]);
  const table = renderTable(["SLOT", "WORKER", "STATE", "WHY"], rows, paint);
  const what = document.for === "ready" ? "ready" : "over";
  const after = formatElapsed(document.elapsedMs);
  switch (document.verdict) {
    case "done":
      return `${table}${paint.good(`All ${what}`)} after ${after}.\n`;
    case "failed":
      return `${table}${paint.bad("Over, and not all done")} after ${after}. See why: limaform logs\n`;
    default:
      return `${table}${paint.bad(`Not ${what}`)} after ${after}. Look at them: limaform status\n`;
  }
}
