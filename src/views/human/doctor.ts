import type { DoctorCheck, DoctorDocument, DoctorStatus } from "../../app/app.js";
import { escapeLine } from "../../util/escape.js";
import type { Paint } from "../paint.js";
import { wrap } from "./help.js";
import { count } from "./units.js";
import { padTo } from "./width.js";

const WIDTH = 100;
const TITLES: Readonly<Record<DoctorCheck["group"], string>> = {
  programs: "Programs",
  host: "This machine",
  lima: "Lima",
  project: "This project",
};
const WORD_WIDTH = "warning".length;
const INDENT = " ".repeat(2 + WORD_WIDTH + 2);

/** What was found, line by line, with reason and next command where something is to be done; then what it comes to. */
export function renderDoctor(document: DoctorDocument, paint: Paint): string {
  const { system, checks } = document;
  const width = Math.max(0, ...checks.map(({ id }) => id.length));
  const head = `limaform doctor: ${escapeLine(system.name)}, ${system.arch}, as ${escapeLine(system.user)}\n`;
  const groups = [...new Set(checks.map(({ group }) => group))].map((group) => {
    const lines = checks.filter((check) => check.group === group).flatMap((check) => checkLines(check, width, paint));
    return `\n${paint.bold(TITLES[group])}\n${lines.map((line) => `${line}\n`).join("")}`;
  });
  return `${head}${groups.join("")}\n${verdict(document, paint)}`;
}

function checkLines(check: DoctorCheck, width: number, paint: Paint): readonly string[] {
  const word = paintOf(check.status, paint)(padTo(check.status, WORD_WIDTH));
  const inner = `${INDENT}${" ".repeat(width + 2)}`;
  const [first = "", ...more] = wrap(escapeLine(check.text), WIDTH - inner.length);
  return [
    `  ${word}  ${padTo(check.id, width)}  ${first}`,
    ...more.map((line) => `${inner}${line}`),
    ...(check.why === ""
      ? []
      : wrap(escapeLine(check.why), WIDTH - inner.length).map((line) => `${inner}${paint.dim(line)}`)),
    // Not wrapped: it is to be copied.
    ...check.next.filter((line) => line !== "").map((line) => `${inner}→ ${escapeLine(line)}`),
  ];
}

function paintOf(status: DoctorStatus, paint: Paint): (text: string) => string {
  return { ok: paint.good, warning: paint.warn, missing: paint.bad, skipped: paint.dim }[status];
}

function verdict({ ready, checks, install }: DoctorDocument, paint: Paint): string {
  const amount = (status: DoctorStatus): number => checks.filter((check) => check.status === status).length;
  const warnings = amount("warning") === 0 ? "" : `, ${count(amount("warning"), "warning")}`;
  const hasSpec = checks.some(({ id, status }) => id === "spec" && status === "ok");
  const next = hasSpec ? "limaform plan" : "limaform init";
  const all = install === null ? [] : [`All packages at once: ${install}`];
  const text = ready
    ? `${paint.good("Ready")}${warnings}. Next: ${next}`
    : `${paint.bad("Not ready:")} ${amount("missing")} missing${warnings}. When that is done: limaform doctor`;
  return [...all, text].map((line) => `${line}\n`).join("");
}
