import { describe, expect, it } from "vitest";
import type { App, HeldLock, TrustDocument } from "../../../src/app/app.js";
import { TrustError } from "../../../src/errors/errors.js";
import type { Plan } from "../../../src/plan/document.js";
import { change, planOf } from "../views/plan-fixture.js";
import { type FakeChoices, fakeProcess } from "./fake-process.js";

const plan = planOf([change("worker.default[1]", "create", "not there")]);
const namesOf = (fake: ReturnType<typeof fakeProcess>) => fake.calls.map(([name]) => name);
const wanted: TrustDocument = {
  ...{ format: "limaform.trust", version: 1, project: "my-app", ownerPath: "/home/me/my-app/.git", digest: "d" },
  trusted: false,
  files: [{ key: "vm.image", path: "../base.img", file: "/home/me/base.img", place: "limaform.toml:8:9" }],
};

describe("trust", () => {
  /** A plan that is refused until the user trusts. */
  const untrusting = (choices: FakeChoices) => {
    let trusted = false;
    const app: Partial<App> = {
      plan: async (): Promise<Plan> => {
        if (!trusted) throw new TrustError("TRUST_REQUIRED", "not trusted", { hint: "limaform trust" });
        return plan;
      },
      trust: async () => wanted,
      changeTrust: async (what) => {
        trusted = what === "grant";
        return { ...wanted, trusted };
      },
    };
    return fakeProcess({ plan, ...choices, app });
  };

  it.each([["apply"], ["spawn", "5"]])("is asked by %s on a terminal, before the plan", async (...argv) => {
    const fake = untrusting({ isInteractive: true, answers: ["yes", "yes"] });
    expect(await fake.run(...argv)).toBe(0);
    expect(fake.stdout.text).toContain("../base.img → /home/me/base.img");
    const asked = namesOf(fake).filter((name) => name !== "spawnEdit");
    expect(asked.slice(0, 6)).toEqual(["plan", "trust", "ask", "changeTrust", "plan", "ask"]);
  });

  it("is not given by anything but yes", async () => {
    const fake = untrusting({ isInteractive: true, answers: ["y"] });
    expect(await fake.run("plan")).toBe(1);
    expect(namesOf(fake)).toEqual(["plan", "trust", "ask"]);
    expect(fake.stderr.text).toContain("TRUST_REQUIRED");
  });

  it.each([["apply", "--yes"], ["apply", "--yes", "--json"], ["plan"]])("is never meant by %j %j", async (...argv) => {
    const fake = untrusting({});
    expect(await fake.run(...argv)).toBe(1);
    expect(namesOf(fake)).toEqual(["plan"]);
  });

  it("is taken back without a question", async () => {
    const fake = untrusting({});
    expect(await fake.run("trust", "--revoke")).toBe(0);
    expect(fake.calls).toEqual([["changeTrust", "revoke"]]);
  });
});

describe("adopt and forget", () => {
  it("go through plan and approval with intents of their own", async () => {
    for (const [argv, intent] of [
      [["adopt", "--all"], { kind: "adopt-all" }],
      [["adopt", "worker.default[2]", "mine"], { kind: "adopt", address: "worker.default[2]", instance: "mine" }],
      [["forget", "worker.default[2]"], { kind: "forget", addresses: ["worker.default[2]"] }],
    ] as const) {
      const fake = fakeProcess({ plan });
      expect(await fake.run(...argv)).toBe(64);
      expect(fake.calls[0]).toMatchObject(["plan", { intent }]);
      expect(namesOf(fake)).toEqual(["plan"]);
      const willing = fakeProcess({ plan });
      expect(await willing.run(...argv, "--yes")).toBe(0);
      expect(namesOf(willing)).toEqual(["plan", "apply"]);
    }
  });

  it.each([[["adopt"]], [["adopt", "worker.default[2]"]], [["adopt", "--all", "worker.default[2]"]], [["forget"]]])(
    "refuses %j as usage",
    async (argv) => {
      const fake = fakeProcess();
      expect(await fake.run(...argv)).toBe(64);
      expect(fake.calls).toEqual([]);
      expect(fake.stderr.text).toContain("limaform help");
    },
  );
});

describe("unlock", () => {
  const lock = (liveness: HeldLock["liveness"]): HeldLock => ({
    ...{ instance: null, path: "/l/lock.json", liveness, id: liveness },
    holder: { operation: "apply", owner: "o", host: "far", bootId: "b", pid: 7, processStart: "1", since: "then" },
  });
  const over = (choices: FakeChoices, ...locks: readonly HeldLock[]) =>
    fakeProcess({
      ...choices,
      app: { locks: async () => ({ format: "limaform.unlock", version: 1, project: "my-app", locks }) },
    });

  it("releases what is dead without a question", async () => {
    const fake = over({}, lock("dead"));
    expect(await fake.run("unlock")).toBe(0);
    expect(namesOf(fake)).toEqual(["locks", "unlock"]);
    expect(fake.stdout.text).toContain("has ended");
  });

  it("needs a word where nobody can tell: typed, or --yes", async () => {
    expect(await over({}, lock("unknown")).run("unlock")).toBe(64);
    const declined = over({ isInteractive: true, answer: "no" }, lock("unknown"));
    expect(await declined.run("unlock")).toBe(1);
    expect(namesOf(declined)).toEqual(["locks", "ask"]);
    expect(declined.stdout.text).toContain("apply (pid 7 on far)");
    const typed = over({ isInteractive: true, answer: "yes" }, lock("unknown"));
    expect(await typed.run("unlock")).toBe(0);
    expect(await over({}, lock("unknown")).run("unlock", "--yes")).toBe(0);
  });
});
