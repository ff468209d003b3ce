import { describe, expect, it } from "vitest";
import { EXIT } from "../../../src/errors/errors.js";
import { filesIn, read, tableRows } from "./texts.js";

const PREFIXES =
  "APPLY|BUG|DOWNLOAD|DRIFT|GUEST|HOOK|IMAGE|LIMA|LOCK|PLAN|PUSH|REPO|REVIEW|RUN|SPEC|STALE|STORE|TOOL|TRUST|USAGE|WORK".split(
    "|",
  );
const CODE = new RegExp(`"((?:${PREFIXES.join("|")})_[A-Z0-9_]+|INTERRUPTED)"`, "g");
/** Errors that are made of a literal code, whatever its prefix: a new prefix must come into the list above. */
const MADE = /(?:Error\(\s*|\bcode: )"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)"/g;
/** Names of environment variables that look like codes. */
const VARIABLES = ["LIMA_DRIVERS_PATH", "LIMA_HOME"];

const rows = tableRows(read("docs/errors.md"));
const inCode = new Set<string>();
for (const file of filesIn("src", ".ts")) {
  for (const pattern of [CODE, MADE]) for (const [, code] of read(file).matchAll(pattern)) inCode.add(code ?? "");
}
for (const name of VARIABLES) inCode.delete(name);

describe("docs/errors.md", () => {
  const documented = rows
    .map(([first = ""]) => /^`([A-Z0-9_]+)`$/.exec(first)?.[1])
    .filter((code) => code !== undefined);

  it("finds the codes at all", () => {
    expect(inCode.size).toBeGreaterThan(100);
  });

  it("explains every code that the program can say", () => {
    expect([...inCode].filter((code) => !documented.includes(code)).sort()).toEqual([]);
  });

  it("names no code that the program cannot say, and none twice", () => {
    expect(documented.filter((code) => !inCode.has(code)).sort()).toEqual([]);
    expect(new Set(documented).size).toBe(documented.length);
  });

  it("lists the exit codes as the program has them", () => {
    const listed = rows.filter(([first = ""]) => /^\d+$/.test(first)).map(([code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(listed)).toEqual(EXIT);
  });
});
