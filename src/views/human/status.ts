import type { ImageStatus, StatusDocument, WorkerStatus } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import type { Json, JsonObject } from "../../util/json.js";
import type { WorkKind } from "../../world/world.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";
import { formatAge, formatElapsed } from "./units.js";

const HEADINGS = ["SLOT", "WORKER", "STATUS", "HEALTH", "IMAGE", "GIT", "CODE (UTC)", "RUN", "SIZE"] as const;

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
  // Stopped and held is one word already.
  const held = worker.held && worker.status !== "held" ? " (held)" : "";
  const stale = worker.stale ? " (stale)" : "";
  return [
    String(worker.slot),
    worker.name,
    `${worker.status}${held}`,
    escapeLine(worker.health),
    `${worker.revision.slice(0, 8)}${stale}`,
    gitText(worker.git),
    transferText(worker.git),
    runText(worker.run),
    `${worker.cpus} cpus, ${showSize(worker.memoryBytes)}, ${showSize(worker.diskBytes)}`,
  ];
}

/** `main 3f2a1c9d, 2 ahead, 1 behind, 3 uncommitted`: where it stands and the work on top of it, or `clean`. From the worker. */
function gitText(git: JsonObject | null): string {
  if (git === null) return "-";
  const branch = [text(git.branch), text(git.commit).slice(0, 8)].filter((part) => part !== "").join(" ");
  const away = [countText(git.ahead, "ahead"), countText(git.behind, "behind")];
  const work = Array.isArray(git.work) ? git.work.map((item: Json) => workText(item)) : null;
  const known = work === null ? [] : work.length === 0 ? ["clean"] : work;
  return [branch, ...away, ...known].filter((part) => part !== "").join(", ") || "-";
}

const countText = (value: Json | undefined, word: string): string =>
  typeof value === "number" && value > 0 ? `${value} ${word}` : "";

/** `pushed 2026-11-22 10:00, pulled …`; times of this host. */
function transferText(git: JsonObject | null): string {
  const at = (value: Json | undefined): string => text(value).slice(0, 16).replace("T", " ");
  const parts = [git?.lastPush ? `in ${at(git.lastPush)}` : "", git?.lastPull ? `out ${at(git.lastPull)}` : ""];
  return parts.filter((part) => part !== "").join(", ") || "-";
}

/** Singular and plural of what a worker may hold that exists nowhere else. */
const WORK_WORDS: Readonly<Record<WorkKind, readonly [string, string]>> = {
  uncommitted: ["uncommitted", "uncommitted"],
  untracked: ["untracked", "untracked"],
  ignored: ["ignored", "ignored"],
  commits: ["commit not here", "commits not here"],
  stash: ["stash", "stashes"],
  worktree: ["worktree", "worktrees"],
  nested_repository: ["nested repository", "nested repositories"],
  path: ["file in work.paths", "files in work.paths"],
  live_run: ["live run", "live runs"],
  uncollected_run: ["uncollected run", "uncollected runs"],
  unknown: ["work unknown", "work unknown"],
};

function workText(item: Json): string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return "";
  const { kind, count: amount } = item as JsonObject;
  if (kind === "unknown") return "work unknown";
  const words = Object.hasOwn(WORK_WORDS, text(kind)) ? WORK_WORDS[text(kind) as WorkKind] : [text(kind), text(kind)];
  const isSaved = (item as JsonObject).saved === true ? " (saved)" : "";
  return `${Number(amount ?? 0)} ${amount === 1 ? words[0] : words[1]}${isSaved}`;
}

function runText(run: JsonObject | null): string {
  if (run === null) return "-";
  return [text(run.id ?? run.run ?? null), text(run.state)].filter((part) => part !== "").join(" ") || "-";
}

const text = (value: Json | undefined): string => (typeof value === "string" ? escapeLine(value) : "");

const IMAGE_HEADINGS = [
  "IMAGE",
  "INSTANCE",
  "REVISION",
  "FINISHED",
  "AGE",
  "BUILT IN",
  "SIZE",
  "FROM",
  "USED BY",
  "STATUS",
  "VERSIONS",
] as const;

function imagesTable(images: readonly ImageStatus[], paint: Paint): string {
  if (images.length === 0) return "No images. Make them with: limaform apply\n";
  return renderTable(IMAGE_HEADINGS, images.map(imageRow), paint);
}

function imageRow(image: ImageStatus): readonly string[] {
  const { address, instance, revision, sealed, from, status, users, versions } = image;
  const unprotected = image.protected || sealed === "" ? "" : " (not protected)";
  return [
    escapeLine(address),
    escapeLine(instance),
    revision.slice(0, 8),
    sealed === "" ? "not finished" : escapeLine(sealed.replace(/\.\d+Z$/, "Z")),
    image.ageMs === null ? "-" : formatAge(image.ageMs),
    image.builtInMs === null ? "-" : formatElapsed(image.builtInMs),
    image.usedBytes === null ? "-" : showSize(image.usedBytes),
    escapeLine(from) || "-",
    usersText(users),
    `${escapeLine(status)}${unprotected}`,
    Object.entries(versions)
      .map(([name, version]) => escapeLine(`${name} ${version}`))
      .join(", ") || "-",
  ];
}

const usersText = (users: readonly string[]): string =>
  users.length === 0 ? "-" : users.length <= 2 ? escapeLine(users.join(", ")) : String(users.length);
