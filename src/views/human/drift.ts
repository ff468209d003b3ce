import type { DriftDocument } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";
import { count } from "./units.js";

/** Drift as a table with a closing sentence; one sentence where there is none. */
export function renderDrift(document: DriftDocument, paint: Paint): string {
  const rows = document.items.map((item) => [
    item.address === "" ? item.instance : item.address,
    item.kind.replaceAll("_", " "),
    escapeLine(item.text),
  ]);
  const table = rows.length === 0 ? "" : `${renderTable(["OBJECT", "DRIFT", "WHAT"], rows, paint)}\n`;
  return `${table}${verdict(document, paint)}\n`;
}

function verdict(document: DriftDocument, paint: Paint): string {
  const found = document.items.length;
  if (document.error !== null) {
    const { code, message, hint } = document.error;
    return `${paint.bad("Incomplete:")} ${escapeLine(message)} [${code}]\n  → ${escapeLine(hint)}`;
  }
  if (!document.drifted) return "No drift. Everything is as the last apply left it.";
  return `${paint.warn(`${count(found, "object")} drifted.`)} What would mend it: limaform plan`;
}
