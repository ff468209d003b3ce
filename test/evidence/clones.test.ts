import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { GOALS, judge, median } from "../../bench/clones.mjs";

const BENCH = fileURLToPath(new URL("../../bench/clones.mjs", import.meta.url));

describe("linked clones of a golden disk of 500 MB and more", () => {
  it("take at most a tenth of the bytes and an eighth of the time of plain ones", () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [BENCH, "--json"], { encoding: "utf8" });
    expect(stderr).toBe("");
    const { cloneMethod, goldenBytes, figures, medians, verdict } = JSON.parse(stdout);
    process.stdout.write(`${JSON.stringify({ goldenBytes, medians, verdict }, null, 2)}\n`);
    expect(cloneMethod).toBe("linked");
    expect(goldenBytes).toBeGreaterThanOrEqual(GOALS.leastDiskMb * 1e6);
    expect(figures.linked).toHaveLength(4);
    expect(verdict.missed).toEqual([]);
    expect(status).toBe(0);
  });

  it("end with 1 when the goals are missed", () => {
    // A small disk is copied so fast that a linked clone of it cannot be eight times faster.
    const { status, stdout } = spawnSync(process.execPath, [BENCH, "--mib", "8", "--rounds", "1"], {
      encoding: "utf8",
    });
    expect(stdout).toContain("MISSED");
    expect(status).toBe(1);
  });
});

describe("the verdict on clones", () => {
  const plain = { bytes: 500e6, seconds: 0.8 };
  const met = { goldenBytes: 500e6, plain, linked: { bytes: 50e6, seconds: 0.1 }, empty: { bytes: 1, seconds: 0.04 } };

  it("is met at exactly the goals", () => {
    expect(judge(met).missed).toEqual([]);
  });

  it.each([
    ["bytes, linked : plain", { linked: { bytes: 51e6, seconds: 0.1 } }],
    ["time, linked : plain", { linked: { bytes: 50e6, seconds: 0.11 }, empty: { bytes: 1, seconds: 0.05 } }],
    ["time, linked : empty dummy", { empty: { bytes: 1, seconds: 0.039 } }],
    ["size of the golden disk", { goldenBytes: 499e6 }],
  ])("names what was missed: %s", (name, change) => {
    expect(judge({ ...met, ...change }).missed).toEqual([name]);
  });

  it("takes the mean of the two middle values where there is no middle one", () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([2, 2.5]);
  });
});
