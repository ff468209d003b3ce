import type { ImageChange, ImageDiffDocument, ImageDocument } from "../../app/app.js";
import { showSize } from "../../util/bytes.js";
import { escapeLine } from "../../util/escape.js";
import type { ImageRecord } from "../../world/image-record.js";
import type { Paint } from "../paint.js";
import { renderTable } from "./table.js";
import { count, formatAge, formatElapsed } from "./units.js";

/** One image: what it is, where it comes from, its steps, and what is installed (`--packages` lists it). */
export function renderImage({ image, record }: ImageDocument, withPackages: boolean, paint: Paint): string {
  const rows: readonly (readonly [string, string])[] = [
    ["instance", image.instance],
    ["revision", image.revision],
    ["finished", finishedText(image)],
    ["cloned from", image.from],
    ["used by", image.users.join(", ") || "nothing"],
    ...(record === null ? [] : recorded(record)),
  ];
  const head = `${paint.bold(escapeLine(image.address))}\n${lines(rows)}`;
  if (record === null) {
    return `${head}\nWhere it comes from is not recorded: an older limaform built it, or the state folder was lost.\n`;
  }
  const steps = record.steps.map((step) => [
    step.title,
    step.version ?? "-",
    formatElapsed(step.elapsedMs),
    step.growthBytes === null ? "-" : sign(step.growthBytes),
    step.source ?? "-",
  ]);
  const table = steps.length === 0 ? "" : `\n${renderTable(STEP_HEADINGS, steps.map(cells), paint)}`;
  const packages = withPackages
    ? `\n${renderTable(
        ["SORT", "PACKAGE", "VERSION", "ARCH"],
        record.packages.map(({ sort, name, version, arch }) => cells([sort, name, version, arch || "-"])),
        paint,
      )}`
    : "";
  return `${head}${table}${packages}`;
}

const finishedText = ({ sealed, ageMs }: ImageDocument["image"]): string =>
  sealed === "" || ageMs === null ? "not finished" : `${sealed} (${formatAge(ageMs)} ago)`;

const STEP_HEADINGS = ["STEP", "VERSION", "TIME", "DISK", "SOURCE"] as const;
const cells = (row: readonly string[]): readonly string[] => row.map(escapeLine);
const sign = (bytes: number): string => `${bytes < 0 ? "-" : "+"}${showSize(Math.abs(bytes))}`;

function recorded(record: ImageRecord): readonly (readonly [string, string])[] {
  const { base, scan, builtBy, usedBytes } = record;
  const inputs = Object.entries(record.inputs).map(([name, digest]) => `${name} ${digest.slice(0, 8)}`);
  return [
    ["base", base === null ? "" : [base.location, base.digest ?? ""].join(" ").trim()],
    ["commit", record.commit ?? ""],
    ["system", [record.os, record.kernel].filter((text) => text !== "").join(", kernel ")],
    ["built by", `${builtBy.who} with limaform ${builtBy.limaform}, Lima ${builtBy.lima}`],
    ["resumed", record.resumed.map(({ at, step }) => `at ${step} (${at})`).join(", ")],
    ["made of", inputs.join(", ")],
    ["disk used", usedBytes === null ? "" : showSize(usedBytes)],
    ["packages", packagesText(record)],
    ["downloads", downloadsText(record)],
    ["scanned", scanText(scan)],
  ];
}

/** Only of images that took something: a golden one's hooks are not counted. */
function downloadsText({ steps }: ImageRecord): string {
  const sum = (of: "downloadedBytes" | "indexBytes" | "cachedBytes") => steps.reduce((all, step) => all + step[of], 0);
  const [files, indexes, cached] = [sum("downloadedBytes"), sum("indexBytes"), sum("cachedBytes")];
  if (files + indexes + cached === 0) return "";
  return `${showSize(files)} of files and ${showSize(indexes)} of indexes from outside, ${showSize(cached)} from this host's cache`;
}

function packagesText({ packages }: ImageRecord): string {
  const sorts = [...new Set(packages.map(({ sort }) => sort))];
  return sorts.map((sort) => `${packages.filter((one) => one.sort === sort).length} ${sort}`).join(", ");
}

function scanText({ files, elapsedMs, passedCount, notLookedFor }: ImageRecord["scan"]): string {
  const passed = passedCount === 0 ? "" : `, ${passedCount} in published files passed over`;
  const missed = notLookedFor.length === 0 ? "" : `; not looked for: ${notLookedFor.join(", ")}`;
  return `${count(files, "file")} in ${formatElapsed(elapsedMs)}, no secret${passed}${missed}`;
}

function lines(rows: readonly (readonly [string, string])[]): string {
  return rows
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `  ${name.padEnd(11)} ${escapeLine(value)}\n`)
    .join("");
}

const PARTS: Readonly<Record<ImageChange["part"], string>> = {
  input: "what it was made of",
  base: "base image",
  commit: "code",
  step: "tools, agents and hooks",
  system: "system",
  package: "packages",
  build: "the build itself",
};
const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/** What differs, part by part; what is only about the build stands last. */
export function renderImageDiff({ before, after, equal, changes }: ImageDiffDocument, paint: Paint): string {
  const head = `${before.instance} (${before.revision.slice(0, 8)}) → ${after.instance} (${after.revision.slice(0, 8)})\n`;
  const blocks = Object.entries(PARTS).flatMap(([part, title]) => {
    const found = changes.filter((change) => change.part === part);
    return found.length === 0 ? [] : [`\n${paint.bold(title)}\n${found.map(changeLine).join("")}`];
  });
  const verdict = equal ? "\nNothing in the images differs.\n" : "";
  return `${paint.bold("image diff")}  ${head}${blocks.join("")}${verdict}`;
}

function changeLine({ name, change, before, after }: ImageChange): string {
  const values = [before, after].filter((value) => value !== null).map(escapeLine);
  return `  ${SIGNS[change]} ${escapeLine(name)}  ${values.join(" → ")}\n`;
}
