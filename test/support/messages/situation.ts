import { hostname } from "node:os";
import { expect } from "vitest";
import { findCommand } from "../../../src/commands/find.js";
import { COMMANDS } from "../../../src/commands/index.js";
import { PROJECT } from "../program.js";
import { ARCH, everythingIn, OTHER_ARCH, type Outcome, type Place, runIn, type Template } from "./place.js";

/** A bad input or day, and what the user must be told then. */
export interface Situation {
  /** What is wrong, in the user's words. */
  readonly name: string;
  /** As typed after `limaform`. */
  readonly argv: readonly string[];
  readonly arrange?: (place: Place) => void | Promise<void>;
  /** Folder from the user's HOME in which it is typed; the repository unless given. */
  readonly cwd?: string;
  /** Codes that text and document name; a spec's problems are inside its SPEC_INVALID. */
  readonly codes: readonly string[];
  readonly exit: number;
  /** Places that must be named: `limaform.toml:3:11`, a path, a variable. */
  readonly where?: readonly string[];
  /** Below HOME: what may be different afterwards. Nothing unless given. */
  readonly mayChange?: RegExp;
  /** The document of `--json`; an error unless given. */
  readonly format?:
    | "limaform.error"
    | "limaform.apply"
    | "limaform.plan"
    | "limaform.validate"
    | "limaform.drift"
    | "limaform.unlock";
}

export interface Met {
  readonly situation: Situation;
  readonly text: Outcome;
  readonly json: Outcome;
}

/** Runs it as text and with `--json`, each in a copy of its own, and holds it against what every message owes the user. */
export async function meet(situation: Situation, template: Template): Promise<Met> {
  const first = runOnce(situation, template, situation.argv);
  if (template.isShared) await first;
  const [text, json] = await Promise.all([first, runOnce(situation, template, withJson(situation.argv))]);
  const met = { situation, text, json };
  expectText(met);
  expectDocument(met);
  return met;
}

function withJson(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf("--");
  return end === -1 ? [...argv, "--json"] : [...argv.slice(0, end), "--json", ...argv.slice(end)];
}

async function runOnce(situation: Situation, template: Template, argv: readonly string[]): Promise<Outcome> {
  const place = template.copy();
  await situation.arrange?.(place);
  const before = everythingIn(place.user);
  const outcome = await runIn(place, argv, situation.cwd === undefined ? place.root : `${place.user}/${situation.cwd}`);
  const after = everythingIn(place.user);
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((path) => before[path] !== after[path] && situation.mayChange?.test(path) !== true)
    .sort();
  const shown = { ...outcome, stdout: asShown(place, outcome.stdout), stderr: asShown(place, outcome.stderr) };
  const about = `changed by limaform ${argv.join(" ").slice(0, 200)}: ${changed.join(", ").slice(0, 600)}`;
  expect(changed, `${about}\n${shown.stdout}${shown.stderr}`).toEqual([]);
  return shown;
}

/** Paths, ids and times as on one imagined machine. */
function asShown(place: Place, text: string): string {
  const arch = { [ARCH]: "x86_64", [OTHER_ARCH]: "aarch64" };
  return (
    text
      .replaceAll(place.user, "/home/uma")
      .replaceAll(place.folder, "")
      .replaceAll(/[a-z0-9-]{1,40} · (?=\d+ workers? ·)/g, "shop · ")
      .replaceAll(PROJECT, "shop")
      .replaceAll(/ {2,}(?=shop ·)/g, "   ")
      .replaceAll(process.execPath, "node")
      .replaceAll(new RegExp(`\\b${process.pid}\\b`, "g"), "4242")
      .replaceAll(`on ${hostname()}`, "on laptop")
      .replaceAll(/(node )?\S*\/(dist\/cli\.js|bin\/limaform)\b/g, "/opt/limaform/bin/limaform")
      .replaceAll(/\/tmp\/limaform-[\w-]+/g, "/tmp/limaform-abcdef")
      .replaceAll(/\b(commit|revision|owner) [0-9a-f]{8,12}\b/g, "$1 0123abcd")
      .replaceAll(/\b(tools|golden)-[0-9a-f]{8}\b/g, "$1-0123abcd")
      .replaceAll(/x{100,}/g, "xxx…")
      // What depends on this host: its size, its room, how fast it is, whether KVM runs here.
      .replaceAll(/(qemu|vz), emulated/g, "$1")
      .replaceAll(/^(Plan: [^.\n]*\.) {3}(?!.*applicable)[^\n]*/gm, "$1   at most …")
      .replaceAll(/^.*(this host has|free on the file system).*$/gm, (line) =>
        line.replaceAll(/[\d.]+ [KMGT]iB/g, "… GiB"),
      )
      .replaceAll(/\b(x86_64|aarch64)\b/g, (word) => arch[word] ?? word)
      .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "2026-11-22T20:00:00Z")
      .replaceAll(/\b\d{8}-\d{6}-[0-9a-z]{4}\b/g, "20261122-200000-abcd")
      .replaceAll(/\b(after|in) [\d.]+s\b/g, "$1 1s")
      .replaceAll(/(host: )\d+/g, "$164")
  );
}

function expectText({ situation, text }: Met): void {
  const all = text.stdout + text.stderr;
  const about = `limaform ${situation.argv.join(" ")}\n${all}`;
  expect(text.code, about).toBe(situation.exit);
  for (const code of situation.codes.filter((name) => name !== "SPEC_INVALID")) expect(all, about).toContain(code);
  for (const place of situation.where ?? []) expect(all, about).toContain(place);
  expectPlain(all, about);
  if (situation.exit !== 0) expect(nextCommands(all), `a next command in:\n${about}`).not.toEqual([]);
}

/** No trace of the program's inside. */
function expectPlain(text: string, about: string): void {
  for (const trace of [
    /\n\s+at \S+ \(?\S+:\d+:\d+/,
    /BUG_INTERNAL/,
    /See more help/,
    /undefined|\[object/,
    /node:internal/,
  ])
    expect(text, about).not.toMatch(trace);
}

function expectDocument({ situation, text, json }: Met): void {
  const about = `limaform ${situation.argv.join(" ")} --json\n${json.stdout}${json.stderr}`;
  expect(json.code, about).toBe(situation.exit);
  expectPlain(json.stdout + json.stderr, about);
  const document = JSON.parse(json.stdout) as Record<string, unknown>;
  expect(document, about).toMatchObject({ format: situation.format ?? "limaform.error", version: 1 });
  for (const code of situation.codes) expect(json.stdout, about).toContain(`"${code}"`);
  for (const place of situation.where ?? []) {
    const [, file = place, line = ""] = /^(.*?):(\d+)(?::\d*)?$/.exec(place) ?? [];
    expect(json.stdout, about).toContain(file);
    if (line !== "" && document.format === "limaform.error")
      expect(json.stdout, about).toMatch(new RegExp(`"line": ?${line}\\b`));
  }
  if (document.format !== "limaform.error") return;
  expect(Object.keys(document), about).toEqual(["format", "version", "code", "message", "hint", "details"]);
  expect(document.code, about).toBe(situation.codes[0]);
  expect(nextCommands(`→ ${String(document.hint)}`), about).not.toEqual([]);
  // With --json the document is all there is: nothing on stderr says it again.
  if (text.stdout === "") expect(json.stderr, about).not.toContain("Error:");
}

const TOOLS =
  /^(git|ls|df|ps|rm|mv|chmod|chown|sudo|runuser|useradd|brew|apt|apt-get|dnf|limactl|ssh|qemu-img|mkdir|less|file|sha256sum|iconv|export|unset|kill|curl)\b/;

/** Commands that the user may type next: after an arrow or a colon. Those of limaform must exist. */
export function nextCommands(text: string): readonly string[] {
  const hints = text.split("\n").filter((line) => /→|[Nn]ext: |[Cc]orrect this|Saved\. Apply it|mend it/.test(line));
  const found = hints.flatMap((line) =>
    line.split(/→ |: |, | or |; |\? | && /).filter((part) => part.startsWith("limaform ") || TOOLS.test(part)),
  );
  for (const command of found.filter((part) => part.startsWith("limaform "))) {
    const words = command
      .replace(/[?.)]+$/, "")
      .split(/\s+/)
      .slice(1);
    expect(() => findCommand(words, COMMANDS), `the command of the hint ${command}`).not.toThrow();
  }
  return found;
}

/** As the golden file shows it. */
export function showMet({ situation, text, json }: Met): string {
  const document = JSON.parse(json.stdout) as { format: string; code?: string };
  const cwd = situation.cwd === undefined ? "" : `~/${situation.cwd} `;
  const part = (name: string, output: string) => (output === "" ? "" : `[${name}]\n${output.replace(/\n?$/, "\n")}`);
  return [
    `## ${situation.name}\n`,
    `${cwd}$ limaform ${situation.argv.map(shellWord).join(" ").replaceAll(PROJECT, "shop").slice(0, 200)}\n`,
    part("stdout", text.stdout.replaceAll(/[ \t]+$/gm, "")),
    part("stderr", text.stderr.replaceAll(/[ \t]+$/gm, "")),
    `exit ${text.code}; with --json: ${document.format}${document.code === undefined ? "" : ` ${document.code}`}\n`,
  ].join("");
}

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
