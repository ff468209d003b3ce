import { describe, expect, it } from "vitest";
import { variableOf } from "../../../src/spec/index.js";
import { allKeys } from "../../support/all-keys.js";
import { diagnosticsOf, resolveText, valueIn } from "../../support/resolve-text.js";

const resolve = (env: Record<string, string | undefined>) => resolveText('project = "app"', { env });
const problem = (env: Record<string, string>) => diagnosticsOf('project = "app"', { env })[0];

describe("values from the environment", () => {
  it("are read as the key's type", () => {
    expect(valueIn("", "workers", { env: { LIMAFORM_WORKERS: "12" } })).toBe(12);
    expect(valueIn("", "vm.memory", { env: { LIMAFORM_VM_MEMORY: "8GiB" } })).toBe("8GiB");
    expect(valueIn("", "repo.uncommitted", { env: { LIMAFORM_REPO_UNCOMMITTED: "false" } })).toBe(false);
  });

  it("that are empty count as absent", () => {
    expect(resolve({ LIMAFORM_WORKERS: "", LIMAFORM_VM_CPUS: undefined }).spec.origins.workers).toEqual({
      layer: "default",
    });
  });

  it.each([
    ["LIMAFORM_WORKERS", "many", "workers: expected an integer from 0 to 500, found the string"],
    ["LIMAFORM_WORKERS", "1e3", "workers: expected an integer from 0 to 500, found the string"],
    ["LIMAFORM_REPO_UNCOMMITTED", "yes", "repo.uncommitted: expected true or false, found the string"],
    ["LIMAFORM_VM_MEMORY", "8", "vm.memory: expected a size"],
    ["LIMAFORM_VM_IMAGE", "debian-12", "vm.image cannot be set by the environment: it decides what images are made of"],
    ["LIMAFORM_VM_USER", "dev", "vm.user cannot be set by the environment: it decides what images are made of"],
    ["LIMAFORM_ENV", "x", "env cannot be set by the environment"],
    ["LIMAFORM_NETWORK_EGRESS", "closed", "network.egress is not supported yet"],
    ["LIMAFORM_PROJECT", "Not A Name", "project: expected a name"],
  ])("%s=%s is an error that says why", (variable, text, message) => {
    expect(problem({ [variable]: text })?.message).toContain(message);
    expect(problem({ [variable]: text })?.file).toBe(`environment variable ${variable}`);
  });

  it("of unknown variables are a warning with the nearest name, and have no effect", () => {
    const { warnings } = resolve({ LIMAFORM_VM_CPU: "3", LIMAFORM_QQQQQQQQ: "1", OTHER_WORKERS: "1" });
    expect(warnings).toEqual([
      "environment variable LIMAFORM_QQQQQQQQ is not known and has no effect",
      "environment variable LIMAFORM_VM_CPU is not known and has no effect (did you mean LIMAFORM_VM_CPUS?)",
    ]);
  });

  it("are silent about the variables that set no key", () => {
    expect(resolve({ LIMAFORM_CONFIG: "x", LIMAFORM_OWNER: "/y" }).warnings).toEqual([]);
  });
});

describe("names of variables", () => {
  it("are the key in capitals, and no two keys share one", () => {
    expect(variableOf({ key: "vm.start_timeout" } as never)).toBe("LIMAFORM_VM_START_TIMEOUT");
    expect(new Set(allKeys.map(variableOf)).size).toBe(allKeys.length);
  });
});
