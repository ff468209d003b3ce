import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { NOT_YET_COMMANDS } from "../../../src/commands/not-yet.js";
import { EXIT, SpecError } from "../../../src/errors/errors.js";
import { diagnosticsIn, renderDiagnostics } from "../../../src/views/human/diagnostics.js";
import { paintFor } from "../../../src/views/paint.js";
import { resolveText } from "../../support/resolve-text.js";
import { commandLines, filesIn, PAGES, ROOT, read, tableRows } from "./texts.js";

interface Flag {
  readonly name: string;
  readonly char: string | null;
  /** Absent for global flags. */
  readonly aliases?: readonly string[];
}

interface Surface {
  readonly globalFlags: readonly Flag[];
  readonly commands: readonly { readonly command: string; readonly flags: readonly Flag[] }[];
}

const surface: Surface = JSON.parse(readFileSync(join(ROOT, "test/golden/command-surface.json"), "utf8"));
const readme = read("README.md");

/** What is wrong with a command line of limaform; null for a right one, and for what is not limaform's. */
function problemOf(line: string): string | null {
  const words = line
    .replace(/\s#.*$/, "")
    .trim()
    .split(/\s+/);
  if (words[0] !== "limaform") return null;
  const two = words.slice(1, 3).join(" ");
  const command = surface.commands.find((one) => one.command === two || one.command === words[1]);
  if (command === undefined) return `no command: ${line}`;
  const end = words.indexOf("--");
  const flags = words.slice(1, end === -1 ? words.length : end).filter((word) => word.startsWith("-"));
  const names = [...command.flags, ...surface.globalFlags].flatMap(({ name, char, aliases = [] }) => [
    ...[name, ...aliases].map((long) => `--${long}`),
    ...(char === null ? [] : [`-${char}`]),
  ]);
  const unknown = flags.map((flag) => flag.split("=")[0] ?? "").filter((flag) => !names.includes(flag));
  return unknown.length === 0 ? null : `${unknown.join(" ")}: ${line}`;
}

describe("the pages of the documentation", () => {
  it.each(PAGES)("%s names only commands and flags that exist, in its examples", (page) => {
    expect(commandLines(read(page)).map(problemOf)).toEqual(commandLines(read(page)).map(() => null));
  });

  it.each(PAGES)("%s links to files and headings that exist", (page) => {
    const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    const broken = links.filter((link) => !/^https?:/.test(link)).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  it.each(PAGES)("%s says nothing is isolated without the sentence about the network", (page) => {
    const paragraphs = read(page).split(/\n\s*\n|\n- /);
    const bare = paragraphs.filter((text) => /isolat/i.test(text) && !/loopback/.test(text));
    // Where the rule itself is described.
    expect(bare.filter((text) => !text.includes('the word "isolated"'))).toEqual([]);
  });

  it.each(PAGES)("%s names no machine of its authors", (page) => {
    expect(read(page)).not.toMatch(/\/work\/|\.library|registry\.npmjs|lf-findings|proxy\.golang/);
  });

  it("are what comments in the code refer to", () => {
    const sources = [...filesIn("src", ".ts"), ...filesIn("test/unit/architecture", ".ts")];
    const named = sources.flatMap((file) =>
      [...read(file).matchAll(/docs\/([a-z-]+\.md)(?:, "([^"]+)")?/g)].map(([, page = "", title]) => ({ page, title })),
    );
    const missing = named.filter(({ page, title }) => {
      if (!existsSync(join(ROOT, "docs", page))) return true;
      return title !== undefined && !read(`docs/${page}`).includes(`## ${title}\n`);
    });
    expect(missing).toEqual([]);
  });
});

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, file))) return false;
  if (anchor === undefined) return true;
  const headings = [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => slugOf(title));
  return headings.includes(anchor);
}

const slugOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^a-z0-9 -]/g, "")
    .replaceAll(" ", "-");

describe("the README", () => {
  const rows = tableRows(readme);

  it("has both ways to begin", () => {
    expect(commandLines(readme)).toContain("make demo");
    expect(readme).toContain("make test");
  });

  it("has the sections in the order in which they are needed", () => {
    const titles = [...readme.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles).toEqual([
      ...[
        "Install",
        "Five minutes",
        "Agents at work",
        "The spec",
        "Commands",
        "How it decides",
        "CI and GitOps",
        "Recovery",
        "Security",
      ],
      ...["Known limits", "Contributing", "Change notes"],
    ]);
  });

  it("lists every command, and none that does not exist", () => {
    const listed = rows.map(([first = ""]) => /^`([a-z -]+)`$/.exec(first)?.[1]).filter((name) => name !== undefined);
    expect(listed.sort()).toEqual(surface.commands.map(({ command }) => command).sort());
  });

  it("lists every exit code", () => {
    const codes = rows.flatMap(([first = ""]) => (/^[\d, ]+$/.test(first) ? first.split(", ").map(Number) : []));
    expect(codes.sort((left, right) => left - right)).toEqual(Object.values(EXIT).sort((left, right) => left - right));
  });

  it("names every command that is not supported yet", () => {
    const limits = readme.slice(readme.indexOf("## Known limits"), readme.indexOf("## Contributing"));
    expect(Object.keys(NOT_YET_COMMANDS).filter((name) => !limits.includes(`\`${name}\``))).toEqual([]);
  });

  it("says what workers can reach", () => {
    expect(readme).toMatch(/loopback and local network/);
  });

  it("shows the problems of a spec as validate shows them", () => {
    const text = 'project = "wordcount"\n[vm]\nmemori = "1GiB"\n';
    let shown = "";
    try {
      resolveText(text);
    } catch (error) {
      const context = { source: () => text, label: () => "limaform.toml" };
      const diagnostics = error instanceof SpecError ? diagnosticsIn(error.details) : [];
      shown = renderDiagnostics(diagnostics, context, paintFor({ hasColour: false }));
    }
    expect(shown).not.toBe("");
    expect(readme).toContain(`$ limaform validate\n${shown}`);
  });

  it("has only specs that resolve", () => {
    const specs = [...readme.matchAll(/^```toml\n(.*?)^```$/gms)].map(([, text = ""]) => text);
    expect(specs.length).toBeGreaterThan(1);
    for (const text of specs) expect(resolveText(text).warnings).toEqual([]);
  });
});
