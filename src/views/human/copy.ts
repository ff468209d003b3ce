import type { CopyDocument } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { count } from "./units.js";

export function renderCopy({ direction, instance, target, files, bytes, notes }: CopyDocument, paint: Paint): string {
  const where = direction === "in" ? `into ${instance}:${target}` : `out of ${instance} to ${target}`;
  const told = notes.map((note) => `${paint.dim(`note: ${escapeLine(note)}`)}\n`).join("");
  return `${paint.good("✓")} ${count(files, "file")} (${showSize(bytes)}) ${escapeLine(where)}\n${told}`;
}
