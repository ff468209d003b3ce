import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PRINTED_BY } from "../../../src/commands/documents.js";
import { COMMANDS } from "../../../src/commands/index.js";
import { problemsOfDocument, problemsOfEvent } from "../../support/documents.js";
import { filesIn, ROOT, read } from "./texts.js";

const error = {
  ...{ format: "limaform.error", version: 1, code: "USAGE_X", message: "no", hint: "", details: { any: [1, null] } },
};

describe("schemas/ and the pages that are made from the code", () => {
  it("are as the code has them (else: npm run schemas)", () => {
    const check = spawnSync(process.execPath, [join(ROOT, "scripts/schemas.mjs"), "--check"], { encoding: "utf8" });
    // The exit code says it; the compiler's own server may have a last word on stderr when it is ended.
    expect(check.status, check.stderr).toBe(0);
  }, 60_000);

  it("has a schema for every format that the code names, and none besides", () => {
    const written = filesIn("src", ".ts").flatMap((file) => [...read(file).matchAll(/format: "(limaform\.[a-z-]+)"/g)]);
    const formats = new Set([...written.map(([, format]) => format ?? ""), ...Object.keys(PRINTED_BY)]);
    const schemas = readdirSync(join(ROOT, "schemas")).map((name) => name.replace(".schema.json", ""));
    const others = ["spec", "event", "record", "journal"];
    expect([...formats].map((format) => format.replace("limaform.", "")).sort()).toEqual(
      schemas.filter((name) => !others.includes(name)).sort(),
    );
  });

  it("names commands that exist, and every command that prints a document", () => {
    const named = new Set(Object.values(PRINTED_BY).flat());
    // `shell` has the output of its command instead; what follows without end has events.
    const commands = Object.keys(COMMANDS).filter((id) => !["shell", "watch-back", "runs attach"].includes(id));
    expect([...named].sort()).toEqual(commands.sort());
  });
});

describe("the check of what is printed", () => {
  it("takes a right document", () => {
    expect(problemsOfDocument(error)).toEqual([]);
  });

  it("refuses a missing field, a wrong type, a field that no schema knows, and an unknown format", () => {
    const { hint, ...without } = error;
    expect(hint).toBe("");
    for (const wrong of [without, { ...error, code: 1 }, { ...error, extra: 1 }, { ...error, format: "limaform.no" }])
      expect(problemsOfDocument(wrong)).not.toEqual([]);
  });

  it("knows events by their type", () => {
    const envelope = { v: 1, seq: 0, at: "2026-01-01T00:00:00.000Z", run: "20260101-000000-abcd" };
    expect(problemsOfEvent({ ...envelope, type: "log", level: "info", text: "x" })).toEqual([]);
    expect(problemsOfEvent({ ...envelope, type: "log", level: "info" })).not.toEqual([]);
    expect(problemsOfEvent({ ...envelope, type: "logs", level: "info", text: "x" })).not.toEqual([]);
  });
});
