import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/plan/document.js";
import { estimateMs } from "../../../src/reconcilers/estimate.js";
import { limitsFor } from "../../../src/reconcilers/limits.js";
import { durationKey } from "../../../src/reconcilers/next-record.js";
import { HOST, planOn, specOf } from "../../support/builders.js";

const limits = limitsFor(HOST, null);
const MINUTE = 60_000;
const step = (id: string, stepClass: Step["class"], after: readonly string[] = []): Step => {
  const [verb = "", address = ""] = id.split(":");
  return {
    ...{ id, verb, address: address as Step["address"], instance: address, after, class: stepClass },
    ...{ onInterrupt: "finish", timeoutMs: 1, retries: 0, inputs: {} },
  };
};

describe("the estimate of an apply", () => {
  it("is the longest way through the steps, each as long as the last of its sort", () => {
    const { steps } = planOn({ spec: specOf("workers = 2") });
    const times = Object.fromEntries(steps.map((each) => [durationKey(each), MINUTE]));
    const longest = ["create", "start", "push", "seal"].length;
    // tools has no push; golden has one; then create, start and push of a worker. Without hooks.
    expect(estimateMs(steps, times, limits)).toBe((longest - 1 + longest + 3) * MINUTE);
  });

  it("counts that a class has room for so many at once", () => {
    const starts = Array.from({ length: 9 }, (_, index) => step(`start:worker.default[${index + 1}]`, "boot"));
    const boots = limits.classes.boot;
    expect(estimateMs(starts, { "start:worker": MINUTE }, limits)).toBe(Math.ceil(9 / boots) * MINUTE);
    expect(estimateMs(starts, { "start:worker": MINUTE }, { ...limits, parallel: 1 })).toBe(9 * MINUTE);
  });

  it("is not known while the time of a step is not, light steps aside", () => {
    const steps = [step("start:worker.default[1]", "boot"), step("delete:worker.default[2]", "light")];
    expect(estimateMs(steps, {}, limits)).toBeNull();
    expect(estimateMs(steps, { "start:worker": MINUTE }, limits)).toBe(MINUTE);
    expect(estimateMs([], {}, limits)).toBeNull();
  });

  it("tells the two images apart, and reads the coarser times of earlier records", () => {
    const steps = [step("provision:image.tools", "hook"), step("provision:image.golden", "hook")];
    const both = { "provision:image.tools": 5 * MINUTE, "provision:image.golden": MINUTE };
    expect(estimateMs(steps, both, { ...limits, parallel: 1 })).toBe(6 * MINUTE);
    expect(estimateMs(steps, { "provision:image": MINUTE }, { ...limits, parallel: 1 })).toBe(2 * MINUTE);
  });
});
