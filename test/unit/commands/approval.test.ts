import { describe, expect, it } from "vitest";
import type { ApplyDocument, ApplyRequest } from "../../../src/app/app.js";
import { change, planOf } from "../views/plan-fixture.js";
import { type FakeProcess, fakeProcess } from "./fake-process.js";

const plan = planOf([change("worker.default[1]", "create", "not there")]);
const done: ApplyDocument = {
  format: "limaform.apply",
  version: 1,
  verdict: "done",
  steps: [],
  summary: {},
  error: null,
};
const applied = (fake: FakeProcess) => fake.calls.some(([name]) => name === "apply");

describe("approval", () => {
  it("asks on a terminal, after showing the plan, and takes a typed yes", async () => {
    const fake = fakeProcess({ plan, isInteractive: true, answer: "yes" });
    expect(await fake.run("apply")).toBe(0);
    expect(fake.stdout.text).toContain("+ worker.default[1]");
    expect(fake.calls.map(([name]) => name)).toEqual(["plan", "ask", "apply"]);
  });

  it.each(["y", "Yes", "", "no", null])("takes %j for no: exit 1 and nothing done", async (answer) => {
    const fake = fakeProcess({ plan, isInteractive: true, answer });
    expect(await fake.run("apply")).toBe(1);
    expect(applied(fake)).toBe(false);
    expect(fake.stderr.text).toContain("Nothing was done");
  });

  it.each([["apply"], ["destroy"], ["spawn", "1"], ["stop"], ["start"], ["teardown"]])(
    "refuses %s without a terminal and without --yes: exit 64, nothing done",
    async (...argv) => {
      const fake = fakeProcess({ plan });
      expect(await fake.run(...argv)).toBe(64);
      expect(applied(fake)).toBe(false);
      expect(fake.stderr.text).toContain("USAGE_APPROVAL_NEEDED");
    },
  );

  it("refuses --json without --yes even on a terminal, with one error document", async () => {
    const fake = fakeProcess({ plan, isInteractive: true, answer: "yes" });
    expect(await fake.run("apply", "--json")).toBe(64);
    expect(JSON.parse(fake.stdout.text)).toMatchObject({ format: "limaform.error", code: "USAGE_APPROVAL_NEEDED" });
    expect(fake.calls.map(([name]) => name)).toEqual(["plan"]);
  });

  it("asks nothing for an empty plan", async () => {
    const fake = fakeProcess({ plan: planOf([]) });
    expect(await fake.run("apply")).toBe(0);
    expect(fake.stdout.text).toMatch(/^No changes\..*\n$/);
  });

  it("asks nothing with --yes", async () => {
    const fake = fakeProcess({ plan });
    expect(await fake.run("apply", "--yes", "--json")).toBe(0);
    expect(JSON.parse(fake.stdout.text)).toMatchObject({ format: "limaform.apply", verdict: "done" });
  });

  it("takes a plan file for the approval", async () => {
    const fake = fakeProcess({ plan });
    expect(await fake.run("apply", "next.plan")).toBe(0);
    expect(fake.calls).toEqual([
      ["readPlan", "next.plan"],
      ["apply", plan, { parallel: null, saved: true, verbose: false }],
    ]);
  });

  it("takes teardown --force for --yes, but never for --discard-work", async () => {
    const fake = fakeProcess({ plan });
    expect(await fake.run("teardown", "--force")).toBe(0);
    expect(fake.calls[0]).toEqual([
      "plan",
      {
        intent: { kind: "destroy", keepImages: true, workersOnly: true },
        targets: [],
        replaces: [],
        discardWork: [],
        writes: [],
      },
    ]);
  });

  it("writes the spec of spawn after the approval and before the first step", async () => {
    const order: string[] = [];
    const fake = fakeProcess({
      plan,
      app: {
        spawnEdit: async () => ({ before: 3, apply: async () => void order.push("spec") }),
        apply: async (_plan, request) => {
          await request.before?.();
          order.push("apply");
          return { format: "limaform.apply", version: 1, verdict: "done", steps: [], summary: {}, error: null };
        },
      },
    });
    expect(await fake.run("spawn", "5", "--yes")).toBe(0);
    expect(order).toEqual(["spec", "apply"]);
    expect(fake.options[0]?.specFlags).toEqual({ workers: 5 });
  });

  it("shows a plan that had to be made anew and asks again, only where somebody may be asked", async () => {
    const next = planOf([change("worker.default[2]", "create", "not there")]);
    const asked: boolean[] = [];
    const app = {
      apply: async (_plan: unknown, { replanned }: ApplyRequest) => {
        asked.push(replanned?.approve != null);
        return (await replanned?.approve?.(next)) === true ? done : null;
      },
    };
    for (const [answer, code] of [
      ["yes", 0],
      ["no", 1],
    ] as const) {
      const answers = ["yes", answer];
      const fake = fakeProcess({ plan, isInteractive: true, app, answers });
      expect(await fake.run("apply")).toBe(code);
      expect(fake.stdout.text).toContain("+ worker.default[2]");
    }
    expect(await fakeProcess({ plan, isInteractive: true, app }).run("apply", "--yes")).toBe(1);
    expect(asked).toEqual([true, true, false]);
  });

  it("says that somebody else did it meanwhile", async () => {
    const app = {
      apply: async (_plan: unknown, { replanned }: ApplyRequest) => {
        replanned?.use(planOf([]), "nothing");
        return done;
      },
    };
    const fake = fakeProcess({ plan, app });
    expect(await fake.run("apply", "--yes")).toBe(0);
    expect(fake.stderr.text).toContain("nothing is left to do");
    expect(fake.stdout.text).toContain("Apply complete: nothing to do");
  });

  it("does not write the spec of spawn when it was declined", async () => {
    const order: string[] = [];
    const apply = async () => void order.push("spec");
    const app = { spawnEdit: async () => ({ before: 3, apply }) };
    expect(await fakeProcess({ plan, isInteractive: true, answer: "no", app }).run("spawn", "5")).toBe(1);
    expect(order).toEqual([]);
  });
});

describe("a plan that cannot be applied", () => {
  const refused = {
    ...plan,
    applicable: false,
    errors: [{ code: "PLAN_WORK_AT_RISK", text: "work", hint: "limaform results list", addresses: [] }],
  };

  it("is shown with its errors, and nothing is asked or done", async () => {
    const fake = fakeProcess({ plan: refused, isInteractive: true, answer: "yes" });
    expect(await fake.run("apply", "--yes")).toBe(1);
    expect(fake.stdout.text).toContain("PLAN_WORK_AT_RISK");
    expect(fake.calls.map(([name]) => name)).toEqual(["plan"]);
  });

  it("is an error document with apply --json, and the plan document with plan --json", async () => {
    const apply = fakeProcess({ plan: refused });
    expect(await apply.run("apply", "--yes", "--json")).toBe(1);
    expect(JSON.parse(apply.stdout.text)).toMatchObject({ format: "limaform.error", code: "PLAN_WORK_AT_RISK" });
    const shown = fakeProcess({ plan: refused });
    expect(await shown.run("plan", "--json", "--detailed-exitcode")).toBe(1);
    expect(JSON.parse(shown.stdout.text)).toMatchObject({ format: "limaform.plan", applicable: false });
  });

  it("is not saved", async () => {
    const fake = fakeProcess({ plan: refused });
    expect(await fake.run("plan", "--out", "x")).toBe(1);
    expect(fake.calls.map(([name]) => name)).toEqual(["plan"]);
  });
});
