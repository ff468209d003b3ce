import type { ImagePruneDocument } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { renderError } from "./problem.js";
import { renderTable } from "./table.js";
import { count } from "./units.js";

/** What would go, line by line; after the removal one sentence, and what failed. */
export function renderPrune(document: ImagePruneDocument, notes: readonly string[], paint: Paint): string {
  const { images, bases, downloads, bytes, apply } = document;
  if (apply !== null) return removedText(document, paint);
  const texts = notes.map((text) => `  ${paint.dim(`note: ${escapeLine(text)}`)}\n`).join("");
  const rows = [
    ...images.map(({ address, instance, bytes: size }) => [address, instance, showSize(size)]),
    ...bases.map(({ name, bytes: size }) => ["base disk", name, showSize(size)]),
    ...(downloads.files === 0 ? [] : [["downloads", unusedText(downloads), showSize(downloads.bytes)]]),
  ];
  if (rows.length === 0) return `${texts}Nothing to remove: everything that is there is needed.\n`;
  const table = renderTable(
    ["WHAT", "WHICH", "SIZE"],
    rows.map((row) => row.map(escapeLine)),
    paint,
  );
  return `${table}${texts}${paint.bold("Would free")} at most ${showSize(bytes)}.\n`;
}

const unusedText = ({ files, unusedSince }: ImagePruneDocument["downloads"]): string =>
  `${count(files, "file")}, not used since ${unusedSince.slice(0, 10)}`;

function removedText({ images, bases, downloads, bytes, apply }: ImagePruneDocument, paint: Paint): string {
  const parts = [
    [images.length, "image"],
    [bases.length, "base disk"],
    [downloads.files, "download"],
  ] as const;
  const gone = parts.filter(([amount]) => amount > 0).map(([amount, noun]) => count(amount, noun));
  const what = gone.length === 0 ? "Removed nothing" : `Removed ${gone.join(", ")}, at most ${showSize(bytes)}`;
  const failed = apply?.error === null || apply === null ? "" : renderError(apply.error, paint);
  return `${what}.\n${failed}`;
}
