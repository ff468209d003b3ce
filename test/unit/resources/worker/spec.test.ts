import { describe, expect, it } from "vitest";
import { diagnosticsOf, placesOf, valueIn } from "../../../support/resolve-text.js";

describe("keys of workers", () => {
  it.each([
    ["workers = 0", "workers", 0],
    ["workers = 500", "workers", 500],
    ["vm.cpus = 1", "vm.cpus", 1],
    ["vm.cpus = 256", "vm.cpus", 256],
    ['vm.memory = "256MiB"', "vm.memory", "256MiB"],
    ['vm.disk = "1TiB"', "vm.disk", "1TiB"],
    ["workers = 3\nrollout.surge = 3", "rollout.surge", 3],
    ["workers = 3\nrollout.unavailable = 3", "rollout.unavailable", 3],
  ])("%j is within its range", (text, key, value) => {
    expect(valueIn(text, key)).toBe(value);
  });

  it.each([
    "workers = 501",
    "workers = -1",
    "vm.cpus = 0",
    "vm.cpus = 257",
    'vm.memory = "255MiB"',
    'vm.disk = "0GiB"',
  ])("%j is out of its range", (text) => {
    expect(placesOf(text)).toEqual([expect.stringContaining("SPEC_OUT_OF_RANGE")]);
  });
});

describe("limits of a rolling replacement", () => {
  it("must not both be 0", () => {
    expect(placesOf("[rollout]\nsurge = 0\nunavailable = 0")).toEqual(["4:15 SPEC_RULE"]);
    expect(placesOf("rollout.unavailable = 0")).toEqual(["2:23 SPEC_RULE"]);
    expect(valueIn("rollout = { surge = 1, unavailable = 0 }", "rollout.surge")).toBe(1);
  });

  it("must not be above the number of workers", () => {
    expect(placesOf("workers = 2\nrollout.surge = 3\nrollout.unavailable = 4")).toEqual([
      "3:17 SPEC_OUT_OF_RANGE",
      "4:23 SPEC_OUT_OF_RANGE",
    ]);
    expect(diagnosticsOf('project = "a"\nworkers = 2\nrollout.surge = 3')[0]?.message).toContain("at most workers (2)");
  });

  it("mean nothing without workers", () => {
    expect(valueIn("workers = 0\nrollout.surge = 2", "rollout.surge")).toBe(2);
    expect(valueIn("workers = 0", "rollout.unavailable")).toBe(1);
  });

  it("are held against the number that wins, wherever it comes from", () => {
    const over = { env: { LIMAFORM_WORKERS: "1" } };
    expect(diagnosticsOf('project = "a"\nworkers = 3\nrollout.surge = 2', over)).toMatchObject([
      { line: 3, code: "SPEC_OUT_OF_RANGE" },
    ]);
  });
});
