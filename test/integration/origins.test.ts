import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ConfigDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import { makeProgramWorld, PROJECT, type ProgramWorld } from "../support/program.js";

/* Where values come from, and which source may set what, as the built program has it. */

let world: ProgramWorld;
let defaults = "";
beforeAll(() => {
  world = makeProgramWorld("workers = 2\n");
});
afterAll(() => world.close());
beforeEach(() => {
  const folder = join(world.env.HOME ?? "", ".config", "limaform");
  mkdirSync(folder, { recursive: true });
  defaults = join(folder, "defaults.toml");
  rmSync(defaults, { force: true });
});

const run = (argv: readonly string[], env: Record<string, string> = {}) => world.run(argv, { env });
/** What `config --origins` says behind the value of a key. */
const originOf = (stdout: string, key: string): string =>
  new RegExp(`^${key.replace(".", "\\.")} = (.*?) +# (.*)$`, "m").exec(stdout)?.slice(1).join(" | ") ?? "";

describe("config --origins", () => {
  it("names default, user defaults, spec, environment and flag, files with line and column", async () => {
    writeFileSync(defaults, 'vm.memory = "7GiB"\nvm.cpus = 5\nimage.keep = 4\nworkers = 9\n');
    const { code, stdout, stderr } = await run(["config", "--origins", "--project", "other"], {
      LIMAFORM_VM_CPUS: "3",
      LIMAFORM_PROJECT: "third",
    });
    expect([code, stderr]).toEqual([0, ""]);
    const spec = `${world.root}/limaform.toml`;
    expect(originOf(stdout, "vm.start_timeout")).toMatch(/ \| default$/);
    expect(originOf(stdout, "image.keep")).toBe(`4 | ${defaults}:3:7`);
    expect(originOf(stdout, "vm.memory")).toBe(`"512MiB" | ${spec}:7:1`);
    expect(originOf(stdout, "workers")).toBe(`2 | ${spec}:3:1`);
    expect(originOf(stdout, "vm.cpus")).toBe("3 | LIMAFORM_VM_CPUS");
    expect(originOf(stdout, "project")).toBe('"other" | --project');
  });

  it("is in the document of --json too, whose values need no --origins", async () => {
    writeFileSync(defaults, "image.keep = 4\n");
    const { origins, values } = JSON.parse((await run(["config", "--json"])).stdout) as ConfigDocument;
    expect(Object.keys(origins)).toEqual(Object.keys(values));
    expect(origins["image.keep"]).toEqual({ layer: "user-defaults", file: defaults, line: 1, column: 7 });
  });
});

describe("a source that may not set a value", () => {
  it.each([
    ["vm.image", 'vm.image = "debian-12"', "two people on one host would replace each other's workers"],
    ["vm.user", 'vm.user = "dev"', "two people on one host would replace each other's workers"],
    ["project", 'project = "mine"', "it names one repository's fleet"],
  ])("user defaults and %s: an error with place, reason and the next step", async (key, line, why) => {
    writeFileSync(defaults, `${line}\n`);
    const { code, stdout, stderr } = await run(["plan"]);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("user/.config/limaform/defaults.toml:1:");
    expect(stderr).toContain(`${key} cannot be set in user defaults: `);
    for (const text of [why, "set it in limaform.toml", "[SPEC_NOT_FROM_DEFAULTS]"]) expect(stderr).toContain(text);
  });

  it.each([
    ["LIMAFORM_VM_USER", "dev", "vm.user cannot be set by the environment: it decides what images are made of"],
    ["LIMAFORM_ENV", "A=b", "env cannot be set by the environment"],
    ["LIMAFORM_WORK_PATHS", "a", "work.paths cannot be set by the environment: it is not a single value"],
  ])("the environment and %s: an error that names the variable", async (variable, value, text) => {
    const { code, stderr } = await run(["plan"], { [variable]: value });
    expect(code).toBe(1);
    expect(stderr).toContain(`environment variable ${variable}: ${text}`);
    expect(stderr).toContain("set it in limaform.toml");
  });

  it("a variable that is not known is a warning with the nearest name, and changes nothing", async () => {
    const { code, stderr } = await run(["config"], { LIMAFORM_WORKER: "7" });
    expect([code, stderr]).toEqual([
      0,
      "warning: environment variable LIMAFORM_WORKER is not known and has no effect (did you mean LIMAFORM_WORKERS?)\n",
    ]);
  });
});

describe("a plan", () => {
  it("says which values are not the spec's, and from where", async () => {
    writeFileSync(defaults, "image.keep = 4\n");
    const { stdout } = await run(["plan"], { LIMAFORM_VM_CPUS: "1" });
    expect(stdout).toContain(
      "values that do not come from the spec: image.keep (user defaults), vm.cpus (LIMAFORM_VM_CPUS)",
    );
  });

  it("of spawn names the command, since there is no flag for the number of workers", async () => {
    const { code, stdout, stderr } = await run(["spawn", "3"]);
    expect([code, stdout + stderr]).toEqual([64, expect.stringContaining("USAGE_APPROVAL_NEEDED")]);
    expect(stdout).toContain("values that do not come from the spec: workers (limaform spawn)");
    expect(stdout + stderr).not.toContain("--workers");
    expect((JSON.parse((await run(["plan", "--json"])).stdout) as Plan).project).toBe(PROJECT);
  });
});
