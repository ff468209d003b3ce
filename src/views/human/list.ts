import type { ListDocument } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";

export interface ListOptions {
  readonly onlyNames: boolean;
  readonly ofAllProjects: boolean;
}

/** All instances as a table, or only their names, one a line. */
export function renderList(document: ListDocument, options: ListOptions, paint: Paint): string {
  if (options.onlyNames) return document.instances.map((instance) => `${escapeLine(instance.name)}\n`).join("");
  if (document.instances.length === 0)
    return options.ofAllProjects
      ? "No instances of limaform on this host.\n"
      : "No instances of this project. Make them with: limaform apply\n";
  const rows = document.instances.map((instance) => [
    escapeLine(instance.name),
    escapeLine(instance.project),
    `${instance.role}${instance.foreignCopy ? " (foreign copy)" : ""}`,
    instance.slot === 0 ? "-" : String(instance.slot),
    instance.status,
    String(instance.cpus),
    showSize(instance.memoryBytes),
    showSize(instance.diskBytes),
  ]);
  return renderTable(["NAME", "PROJECT", "ROLE", "SLOT", "STATUS", "CPUS", "MEMORY", "DISK"], rows, paint);
}
