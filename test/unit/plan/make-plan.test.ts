import { describe, expect, it } from "vitest";
import { isEmpty, makePlan } from "../../../src/plan/make-plan.js";
import type { Address } from "../../../src/resources/kind.js";
import {
  actionsOf,
  binding,
  fleetOf,
  GOLDEN,
  HOST,
  imagesOf,
  instanceOf,
  NO_OPTIONS,
  NO_REPOSITORY,
  OTHER_OWNER,
  planInput,
  planOn,
  sourcesOf,
  specOf,
  TOOLS,
  worker,
  workerOf,
  worldOf,
} from "../../support/builders.js";
import { copyOf } from "../../support/fake-world.js";
import { oldGolden } from "../../support/fake-world-cases.js";

const { tools, golden } = imagesOf();
const codesOf = (plan: ReturnType<typeof planOn>) => plan.errors.map(({ code }) => code);
const destroy = (keepImages = false, workersOnly = false) => ({ kind: "destroy", keepImages, workersOnly }) as const;
const options = (changes: Partial<typeof NO_OPTIONS>) => ({ ...NO_OPTIONS, ...changes });

describe("a plan", () => {
  it("of what is as wanted is empty and applicable", () => {
    const plan = planOn({ world: worldOf(fleetOf()) });
    expect([isEmpty(plan), plan.applicable, plan.steps]).toEqual([true, true, []]);
    expect(plan.summary).toEqual({ create: 0, update: 0, replace: 0, delete: 0, start: 0, stop: 0, push: 0, none: 4 });
  });

  it("has a summary that adds up with its changes", () => {
    const plan = planOn({ spec: specOf("workers = 3") });
    expect(plan.summary).toMatchObject({ create: 5, push: 3, none: 0 });
    expect(Object.values(plan.summary).reduce((sum, count) => sum + count)).toBe(plan.changes.length);
  });

  it("records how many workers it will leave; stop and start leave that as it is", () => {
    const spec = specOf("workers = 3");
    expect(planOn({ spec }).workers).toBe(3);
    expect(planOn({ spec, intent: destroy() }).workers).toBe(0);
    expect(planOn({ spec, intent: { kind: "stop", addresses: [worker(1)] } }).workers).toBeNull();
  });

  it("gives reasons for every change that does something", () => {
    const plan = planOn({ world: worldOf([tools, workerOf(1, oldGolden)]), spec: specOf("workers = 2") });
    for (const change of plan.changes.filter(({ action }) => action !== "none"))
      expect(change.reasons.every(({ code, text }) => /^[a-z_]+$/.test(code) && text !== "")).toBe(true);
    expect(plan.changes.filter(({ action, reasons }) => action !== "none" && reasons.length === 0)).toEqual([]);
  });

  it("is not applicable while a file that the spec names is missing", () => {
    const problems = [{ code: "PLAN_FILE_MISSING", text: "./a does not exist", hint: "" }];
    expect(codesOf(planOn({ sources: { ...sourcesOf(), problems } }))).toEqual(["PLAN_FILE_MISSING"]);
    expect(codesOf(planOn({ sources: { ...sourcesOf(), problems }, intent: destroy() }))).toEqual([]);
  });

  it("names instances of others with our names, and copies of ours, and leaves both alone", () => {
    const world = worldOf([tools, golden, instanceOf("app-worker-1"), copyOf(golden, "mine")]);
    expect(planOn({ world }).warnings).toEqual([
      `mine is a copy of ${golden.name} that limaform did not make; it is left alone`,
      "the name app-worker-1 belongs to an instance that limaform did not make; another name is used",
    ]);
  });
});

describe("what a plan says of the repository", () => {
  const notesOf = (sources: ReturnType<typeof sourcesOf>, changes: Parameters<typeof planOn>[0] = {}) =>
    planOn({ sources, ...changes }).notes;

  it("is that no code goes in where there is no commit to push", () => {
    expect(notesOf(NO_REPOSITORY)).toEqual([
      "/repo is no git repository, so no code goes into workers (git init, git add, git commit)",
    ]);
    expect(notesOf(sourcesOf({ head: null }))).toEqual([
      "the branch has no commit yet, so no code goes into workers (git commit)",
    ]);
  });

  it("is its special forms, and the files that stay out with the reason", () => {
    const keptOut = [
      { path: ".env", reason: "secret" },
      { path: "a.bin", reason: "large" },
      { path: "b.bin", reason: "large" },
      { path: "c\u001b[2J.bin", reason: "large" },
      { path: "d.bin", reason: "large" },
    ] as const;
    const sources = sourcesOf({ notes: ["Shallow."], carried: { digest: "", count: 0, bytes: 0, keptOut } });
    const [form, secret, large] = notesOf(sources);
    expect([form, secret]).toEqual(["Shallow.", "1 untracked file stays out (by name a secret): .env"]);
    expect(large).toMatch(/^4 untracked files stay out \(too large\): a\.bin, b\.bin, c.*\.bin, …$/);
    expect(large).not.toContain("\u001b");
    expect(notesOf(sources, { intent: destroy() })).toEqual([]);
  });
});

describe("a project name that another repository has", () => {
  it("stops plan, destroy, stop and start, and shows the whole plan all the same", () => {
    const theirs = workerOf(1, golden, { marks: { owner: OTHER_OWNER } });
    const world = worldOf([tools, golden, theirs]);
    const plan = planOn({ world });
    expect(codesOf(plan)).toEqual(["PLAN_PROJECT_TAKEN"]);
    expect(plan.errors[0]?.text).toContain(OTHER_OWNER);
    expect(plan.steps.length).toBeGreaterThan(0);
    expect(plan.steps.filter(({ instance }) => instance === theirs.name)).toEqual([]);
    const intents = [destroy(), { kind: "stop", addresses: [worker(1)] }, { kind: "start", addresses: [worker(1)] }];
    for (const intent of intents as ReturnType<typeof destroy>[])
      expect(codesOf(planOn({ world, intent }))).toContain("PLAN_PROJECT_TAKEN");
  });
});

describe("names", () => {
  const withLimit = (maxNameLength: number, text = "") =>
    planOn({ spec: specOf(text), world: worldOf([], { host: { ...HOST, maxNameLength } }) });

  it("that are too long for Lima are refused before anything is made, also those that are made later", () => {
    const plan = withLimit(18);
    expect(plan.errors).toMatchObject([{ code: "PLAN_NAME_TOO_LONG", addresses: [GOLDEN] }]);
    expect(plan.errors[0]?.text).toContain("has 19 characters");
    const fits = planOn({ world: worldOf(fleetOf(), { host: { ...HOST, maxNameLength: 18 } }) });
    expect(codesOf(fits)).toEqual(["PLAN_NAME_TOO_LONG"]);
  });

  it("of second objects that would be too long are warned about", () => {
    expect(withLimit(19).applicable).toBe(true);
    expect(withLimit(19).warnings.join()).toContain("would have a name too long for Lima (at most 19 characters)");
    expect(withLimit(21).warnings).toHaveLength(1);
    expect(withLimit(22).warnings).toEqual([]);
  });

  it("do not keep anybody from stopping or destroying", () => {
    const world = worldOf(fleetOf(), { host: { ...HOST, maxNameLength: 3 } });
    expect(codesOf(planOn({ world, intent: destroy(), options: options({ discardWork: [worker(1)] }) }))).toEqual([]);
  });
});

describe("--target", () => {
  const spec = specOf("workers = 3");
  const target = (...targets: Address[]) => planOn({ spec, options: options({ targets }) });

  it("takes the address and what it depends on, and nothing that depends on it", () => {
    const made = (plan: ReturnType<typeof planOn>) => plan.changes.map(({ address }) => address);
    expect(made(target(GOLDEN))).toEqual([TOOLS, GOLDEN]);
    expect(made(target(worker(2)))).toEqual([TOOLS, GOLDEN, worker(2)]);
    expect(made(target(binding(2)))).toEqual([TOOLS, GOLDEN, worker(2), binding(2)]);
  });

  it("does not free the image of workers that it leaves alone", () => {
    const work = { "app-worker-1": { kind: "known", items: [] } } as const;
    const world = worldOf([tools, golden, oldGolden, workerOf(1, oldGolden), workerOf(2, oldGolden)], { work });
    const plan = planOn({
      spec: specOf("workers = 2\nimage.keep = 0"),
      world,
      options: options({ targets: [worker(1)] }),
    });
    expect(actionsOf(plan)).toEqual([`replace ${worker(1)} app-worker-1`]);
  });

  it("does not mind what is unknown or wrong elsewhere", () => {
    const torn = { ...workerOf(2, golden), status: "unreadable" as const };
    const large = workerOf(3, golden, { facts: { diskBytes: 2 ** 40 } });
    const world = worldOf([tools, golden, torn, large]);
    expect(codesOf(planOn({ spec, world, options: options({ targets: [worker(1)] }) }))).toEqual([]);
    expect(codesOf(planOn({ spec, world, options: options({ targets: [worker(2)] }) }))).toEqual(["PLAN_UNKNOWN"]);
    expect(codesOf(planOn({ spec, world })).sort()).toEqual(["PLAN_DISK_SHRINK", "PLAN_UNKNOWN"]);
  });

  it("of one kind of image leaves the other, and collects neither", () => {
    const world = worldOf([tools, golden, oldGolden]);
    const plan = planOn({ spec: specOf("image.keep = 0"), world, options: options({ targets: [TOOLS] }) });
    expect(plan.steps).toEqual([]);
  });

  it("of destroy takes that address alone", () => {
    const world = worldOf(fleetOf(spec));
    const plan = planOn({ spec, world, intent: destroy(), options: options({ targets: [GOLDEN] }) });
    expect(actionsOf(plan)).toEqual([`delete ${GOLDEN} ${golden.name}`]);
    expect(plan.steps[0]?.after).toEqual([]);
  });

  it("that is neither wanted nor there is refused, also as --replace and --discard-work", () => {
    const nobody = worker(9);
    for (const key of ["targets", "replaces", "discardWork"] as const) {
      const plan = planOn({ spec, options: options({ [key]: [nobody] }) });
      expect(plan.errors).toMatchObject([{ code: "PLAN_TARGET_UNKNOWN", addresses: [nobody] }]);
    }
    const typo = "workers[1]" as Address;
    expect(planOn({ options: options({ targets: [typo] }) }).errors[0]?.text).toBe('"workers[1]" is not an address');
  });
});

describe("destroy", () => {
  const fleet = worldOf([...fleetOf(specOf("workers = 2")), instanceOf("somebody"), copyOf(golden, "mine")]);
  const given = options({ discardWork: [worker(1), worker(2)] });

  it("takes workers, then the golden image, then tools, and leaves what is not ours", () => {
    const plan = planOn({ world: fleet, intent: destroy(), options: given, spec: null });
    expect(plan.steps.map(({ id }) => id)).toEqual([
      `delete:${worker(1)}`,
      `delete:${worker(2)}`,
      "delete:image.golden",
      "delete:image.tools",
    ]);
    const after = new Map(plan.steps.map((step) => [step.id, step.after]));
    expect(after.get("delete:image.golden")).toEqual([`delete:${worker(1)}`, `delete:${worker(2)}`]);
    expect(after.get("delete:image.tools")).toEqual(["delete:image.golden"]);
  });

  it("keeps the images where that was asked for, and so does teardown", () => {
    for (const intent of [destroy(true), destroy(false, true)])
      expect(
        planOn({ world: fleet, intent, options: given }).steps.map(({ verb, address }) => `${verb} ${address}`),
      ).toEqual([`delete ${worker(1)}`, `delete ${worker(2)}`]);
  });

  it("of nothing is an empty plan", () => {
    const plan = planOn({ intent: destroy() });
    expect([isEmpty(plan), plan.applicable]).toEqual([true, true]);
  });

  it("keeps images until the residues are gone that only they prove to be ours", () => {
    const residue = copyOf(golden, "app-worker-1");
    const unfinished = new Map([["app-worker-1", worker(1)]]);
    const plan = planOn({ world: worldOf([tools, golden, residue]), unfinished, intent: destroy() });
    expect(plan.steps.find(({ id }) => id === "delete:image.golden")?.after).toEqual([`delete:${worker(1)}`]);
  });
});

describe("questions to guests", () => {
  const asksOf = (changes: Parameters<typeof planInput>[0]) => makePlan(planInput(changes)).asks;
  const fleet = worldOf(fleetOf(specOf("workers = 3")));

  it("go only to the workers that the plan would disturb", () => {
    expect(asksOf({ world: fleet, spec: specOf("workers = 3") })).toEqual([]);
    expect(asksOf({ world: fleet, spec: specOf("workers = 1") })).toEqual(["app-worker-2", "app-worker-3"]);
    expect(asksOf({ world: fleet, intent: { kind: "stop", addresses: [worker(2)] } })).toEqual(["app-worker-2"]);
  });

  it("do not go to a worker that never became ready", () => {
    const fresh = workerOf(1, oldGolden, { facts: { readyAt: null } });
    expect(asksOf({ world: worldOf([tools, golden, fresh]) })).toEqual([]);
  });

  it("are asked once", () => {
    const work = { "app-worker-2": { kind: "unknown", text: "no answer" } } as const;
    expect(asksOf({ world: { ...fleet, work }, spec: specOf("workers = 1") })).toEqual(["app-worker-3"]);
  });
});
