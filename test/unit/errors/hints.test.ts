import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { NOT_YET_COMMANDS } from "../../../src/commands/not-yet.js";

const SRC = fileURLToPath(new URL("../../../src", import.meta.url));

/** What follows `limaform` where a text tells what to type: after a colon, or at the start of a hint. */
function namedCommands(): readonly string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files.flatMap((file) => {
    const text = readFileSync(join(SRC, file), "utf8");
    return [...text.matchAll(/(?:: |hint: (?:\(\w*\) => )?["`'])limaform ([a-z][a-z-]*)/g)].map(
      ([, command]) => `${file}: limaform ${command}`,
    );
  });
}

describe("a hint", () => {
  it("names no command that this version does not have", () => {
    const named = namedCommands();
    expect(named.length).toBeGreaterThan(20);
    const missing = Object.keys(NOT_YET_COMMANDS);
    expect(named.filter((line) => missing.some((command) => line.endsWith(` limaform ${command}`)))).toEqual([]);
  });
});
