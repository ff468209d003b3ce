import { describe, expect, it } from "vitest";
import { areaOf, breaches, cycles, fits, impureRules } from "./check.js";
import { effectsOf } from "./effects.js";
import { readSource, sourceFiles } from "./source-files.js";

const files = sourceFiles();

describe("the architecture", () => {
  it("has no file outside the areas", () => {
    expect(files.filter((file) => areaOf(file.path) === undefined).map((file) => file.path)).toEqual([]);
  });

  it("has no import, package or effect in the wrong place", () => {
    expect(breaches(files)).toEqual([]);
  });

  it("gives planning nothing that can act", () => {
    expect(impureRules(files)).toEqual([]);
  });

  it("has no cycles between files", () => {
    expect(cycles(files)).toEqual([]);
  });

  it("imports only files that exist", () => {
    const known = new Set([...files.map((file) => file.path), "../package.json", "../setup/packages.json"]);
    const missing = files.flatMap((file) =>
      file.imports
        .filter((item) => item.isOurs && !known.has(item.target))
        .map((item) => `${file.path}: ${item.target}`),
    );
    expect(missing).toEqual([]);
  });
});

/* The check itself must be able to fail: one planted fault for each sort of rule. */
describe("the check", () => {
  const faults = (path: string, text: string) => breaches([readSource(path, text)]);

  it.each([
    [
      "plan/x.ts",
      'import { run } from "../adapters/process/run.js";',
      "plan/x.ts:1: may not import adapters/process/run.ts",
    ],
    ["plan/x.ts", 'export { run } from "../adapters/process/run.js";', "planning decides and never acts"],
    ["views/x.ts", 'import { a, type B } from "../plan/document.js";', "as a value (types are allowed)"],
    ["views/x.ts", 'const a = await import("../reconcilers/x.js");', "may not import reconcilers/x.ts"],
    ["resources/image/x.ts", 'import { a } from "../worker/spec.js";', "one never imports another"],
    ["app/x.ts", 'import { REGISTRY } from "../resources/registry.js";', "the registry is a value"],
    ["spec/x.ts", 'import { parse } from "smol-toml";', "its home: spec/parse.ts"],
    ["spec/x.ts", 'import lodash from "lodash";', "it has no home"],
    ["plan/x.ts", 'import { readFile } from "node:fs/promises";', "effects live in adapters"],
    ["plan/x.ts", "const a = Date.now();", "current time"],
    ["plan/x.ts", "const a = new Date();", "current time"],
    ["runs/x.ts", "const a = Math.random();", "randomness"],
    ["app/x.ts", "const a = process.env.HOME;", "process"],
    ["views/x.ts", 'console.log("x");', "console"],
    ["elsewhere/x.ts", 'import { a } from "../util/a.js";', "lies in no area"],
  ])("sees in %s: %s", (path, text, expected) => {
    expect(faults(path, text)).toEqual([expect.stringContaining(expected)]);
  });

  it("lets types through where types are allowed, and what only looks like an effect", () => {
    expect(faults("views/x.ts", 'import type { Plan } from "../plan/document.js";')).toEqual([]);
    expect(faults("views/x.ts", 'import { type Plan } from "../plan/document.js";')).toEqual([]);
    expect(effectsOf("x.ts", '// Date.now()\nconst a = "process.env"; const b = new Date(at);')).toEqual([]);
  });

  it("sees a cycle of values, and leaves types alone", () => {
    const a = readSource("plan/a.ts", 'import { b } from "./b.js";');
    const b = readSource("plan/b.ts", 'export { c } from "./c.js";');
    const c = readSource("plan/c.ts", 'const { a } = await import("./a.js");');
    const typed = readSource("plan/c.ts", 'import type { A } from "./a.js";');
    expect(cycles([a, b, c])).toEqual(["plan/a.ts → plan/b.ts → plan/c.ts → plan/a.ts"]);
    expect(cycles([a, b, typed])).toEqual([]);
  });

  it("sees a driver behind a kind's rules", () => {
    const rules = readSource("resources/image/rules.ts", 'import { a } from "../shared.js";');
    const shared = readSource("resources/shared.ts", 'import type { DriverPorts } from "./driver-ports.js";');
    expect(impureRules([rules, shared])).toEqual([expect.stringContaining("resources/shared.ts: reached from")]);
  });

  it("reads patterns as prefixes, whole paths and single names", () => {
    expect(fits("spec/parse.ts", "spec/parse.ts")).toBe(true);
    expect(fits("spec/parse.tsx", "spec/parse.ts")).toBe(false);
    expect(fits("resources/image/template.ts", "resources/*/template.ts")).toBe(true);
    expect(fits("resources/template.ts", "resources/*/template.ts")).toBe(false);
  });
});
