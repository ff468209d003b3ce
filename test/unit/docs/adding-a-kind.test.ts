import { describe, expect, it } from "vitest";
import { findDrift } from "../../../src/plan/drift.js";
import { makePlan } from "../../../src/plan/make-plan.js";
import type { DriverPorts } from "../../../src/resources/driver-ports.js";
import type { KindDriver, ResolvedSpec } from "../../../src/resources/kind.js";
import { renderSpecReference, specSchema } from "../../../src/spec/index.js";
import { renderPlan } from "../../../src/views/human/plan.js";
import { paintFor } from "../../../src/views/paint.js";
import type { InstanceFacts } from "../../../src/world/world.js";
import { allKeys } from "../../support/all-keys.js";
import { applyScene } from "../../support/apply-scene.js";
import { OWNER, PROJECT, planInput, RULES, worldOf } from "../../support/builders.js";
import { applyAll, instancesOf, stateOf } from "../../support/fake-world.js";
import { resolveText } from "../../support/resolve-text.js";
import { createSpareDriver } from "./spare/driver.js";
import { spareRules } from "./spare/rules.js";
import { filesIn, read } from "./texts.js";

/* The kind of the guide is written in test/unit/docs/spare/ alone: all below comes from the contract of kinds. */

const rules = [...RULES, spareRules];
const keys = [...allKeys, ...spareRules.keys];
const specOf = (text: string): ResolvedSpec => resolveText(`project = "${PROJECT}"\n${text}`, { keys }).spec;
const wanted = specOf("spare = true");

const planOf = (instances: readonly InstanceFacts[], changes: Parameters<typeof planInput>[0] = {}) =>
  makePlan(planInput({ rules, spec: wanted, world: worldOf(instances), ...changes })).plan;
const applied = () => instancesOf(applyAll(stateOf([]), planOf([])));
const changed = (plan: ReturnType<typeof planOf>) =>
  plan.changes.filter(({ action }) => action !== "none").map(({ action, address }) => `${action} ${address}`);

describe("a new kind that nothing but the registry knows", () => {
  it("has its key in the editor's schema and in the reference", () => {
    expect(JSON.stringify(specSchema(keys))).toContain("Keep a stopped clone");
    expect(renderSpecReference(keys)).toContain("| `spare` |");
  });

  it("is planned, in its order and with a line of its own", () => {
    const plan = planOf([]);
    expect(renderPlan(plan, "plan", paintFor({ hasColour: false }))).toMatch(/\+ spare\.main +create +not there/);
    expect(plan.steps.find(({ id }) => id === "create:spare.main")?.after).toEqual(["seal:image.golden"]);
  });

  it("has nothing left to do once it was applied", () => {
    expect(changed(planOf(applied()))).toEqual([]);
  });

  it("goes when the spec no longer wants it, and with destroy", () => {
    expect(changed(planOf(applied(), { spec: specOf("") }))).toEqual(["delete spare.main"]);
    const destroy = { kind: "destroy", keepImages: true, workersOnly: false } as const;
    expect(changed(planOf(applied(), { intent: destroy }))).toContain("delete spare.main");
  });

  it("is missed by drift", () => {
    const world = worldOf(applied().filter(({ name }) => name !== `${PROJECT}-spare`));
    const { items } = findDrift({ rules, project: PROJECT, owner: OWNER, world, record: null, spec: wanted });
    expect(items.map(({ address, kind }) => `${address} ${kind}`)).toEqual(["spare.main missing"]);
  });

  it("is applied by its driver, journaled and told as every step", async () => {
    const plan = planOf(instancesOf(applyAll(stateOf([]), planOf([], { spec: specOf("") }))));
    const world = new Map(plan.sources === undefined ? [] : applied().map((facts) => [facts.name, facts]));
    const cloned: string[] = [];
    const ports = {
      reader: { inspect: async (name: string) => world.get(name) ?? null },
      writer: { clone: async (source: string, name: string) => void cloned.push(`${source} → ${name}`) },
    } as unknown as DriverPorts;
    const driver: KindDriver = createSpareDriver(ports);
    const scene = applyScene((step, context) => driver.run(step, context), ["spare"]);
    const document = await scene.apply(plan);
    expect(document.steps.map(({ id, status }) => `${id} ${status}`)).toEqual(["create:spare.main done"]);
    expect(cloned).toEqual([expect.stringMatching(/^app-golden-[0-9a-f]{8} → app-spare$/)]);
    expect(scene.store.files.get("journal.ndjson")).toContain("create:spare.main");
    expect(scene.events.map(({ type }) => type)).toContain("apply.step.completed");
  });
});

describe("docs/adding-a-kind.md", () => {
  const guide = read("docs/adding-a-kind.md");

  it("shows the files of the kind as they are", () => {
    const shown = [...guide.matchAll(/^```ts\n\/\/ (\S+)\n(.*?)^```$/gms)];
    expect(shown.length).toBeGreaterThan(0);
    for (const [, file = "", text = ""] of shown) expect(read(`test/unit/docs/spare/${file}`)).toContain(text.trim());
  });

  it("names only folders and files of kinds that exist", () => {
    const named = [...guide.matchAll(/`(resources\/[a-z/-]+\.ts)`/g)].map(([, path]) => `src/${path}`);
    expect(named.filter((path) => !filesIn("src", ".ts").includes(path))).toEqual([]);
  });
});
