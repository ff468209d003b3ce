import type { StatusDocument, WorkerStatus } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import type { Json, JsonObject } from "../../util/json.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";

const HEADINGS = ["SLOT", "WORKER", "STATUS", "HEALTH", "IMAGE", "GIT", "RUN", "SIZE"] as const;

/** Workers (and images, where asked for) as tables; warnings below. */
export function renderStatus(document: StatusDocument, withImages: boolean, paint: Paint): string {
  const workers =
    document.workers.length === 0
      ? `${document.project}: no workers. Make them with: limaform apply\n`
      : renderTable(HEADINGS, document.workers.map(workerRow), paint);
  const images = withImages ? `\n${imagesTable(document.images, paint)}` : "";
  const warnings = document.warnings.map((text) => `${paint.warn("warning:")} ${escapeLine(text)}\n`).join("");
  return `${workers}${images}${warnings === "" ? "" : `\n${warnings}`}`;
}

function workerRow(worker: WorkerStatus): readonly string[] {
  const held = worker.held ? " (held)" : "";
  const stale = worker.stale ? " (stale)" : "";
  return [
    String(worker.slot),
    worker.name,
    `${worker.status}${held}`,
    escapeLine(worker.health),
    `${worker.revision.slice(0, 8)}${stale}`,
    gitText(worker.git),
    runText(worker.run),
    `${worker.cpus} cpus, ${showSize(worker.memoryBytes)}, ${showSize(worker.diskBytes)}`,
  ];
}

/** `3f2a1c9d, 3 uncommitted, 1 commits`: the commit that was pushed last and the work on top of it. From the worker. */
function gitText(git: JsonObject | null): string {
  if (git === null) return "-";
  const branch = [text(git.branch), text(git.commit).slice(0, 8)].filter((part) => part !== "").join(" ");
  const work = Array.isArray(git.work) ? git.work.map((item: Json) => workText(item)) : [];
  return [branch, ...work].filter((part) => part !== "").join(", ") || "-";
}

function workText(item: Json): string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return "";
  const { kind, count: amount } = item as JsonObject;
  return kind === "unknown" ? "work unknown" : `${Number(amount ?? 0)} ${text(kind).replaceAll("_", " ")}`;
}

function runText(run: JsonObject | null): string {
  if (run === null) return "-";
  return [text(run.id ?? run.run ?? null), text(run.state)].filter((part) => part !== "").join(" ") || "-";
}

const text = (value: Json | undefined): string => (typeof value === "string" ? escapeLine(value) : "");

function imagesTable(images: readonly JsonObject[], paint: Paint): string {
  if (images.length === 0) return "No images.\n";
  const keys = [...new Set(images.flatMap((image) => Object.keys(image)))];
  const cell = (value: Json | undefined): string =>
    value === null || value === undefined ? "-" : escapeLine(typeof value === "string" ? value : JSON.stringify(value));
  return renderTable(
    keys.map((key) => key.replace(/[A-Z]/g, (letter) => ` ${letter}`).toUpperCase()),
    images.map((image) => keys.map((key) => cell(image[key]))),
    paint,
  );
}
