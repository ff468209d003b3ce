import type { Plan, Step } from "../../src/plan/document.js";
import type { PlanInput } from "../../src/plan/input.js";
import { makePlan } from "../../src/plan/make-plan.js";
import type { BuildStep } from "../../src/resources/image/build-step.js";
import { cloneOrigin } from "../../src/resources/image/origin.js";
import type { Address } from "../../src/resources/kind.js";
import { marksOf } from "../../src/resources/marks-of.js";
import { parseSize } from "../../src/util/bytes.js";
import type { BuildNote, DoneStep } from "../../src/world/build.js";
import type { Marks } from "../../src/world/marks.js";
import type { InstanceFacts, WorkFinding, WorkItem, World } from "../../src/world/world.js";
import { HOST, instanceOf, OWNER, PROJECT, planInput, worldOf } from "./builders.js";

/**
 * A host that is data: steps of a plan change it as the drivers would change a real one. Knows Lima's awkward truths: a
 * clone that is cut off leaves a directory with or without `lima.yaml`, and then the marks of its source.
 */
export interface FakeState {
  readonly instances: ReadonlyMap<string, InstanceFacts>;
  /** What the guests really hold; the planner only learns it by asking. */
  readonly work: ReadonlyMap<string, readonly WorkItem[]>;
  /** First examples of the items that were saved on the host: the model's names of pieces of work. */
  readonly saves: ReadonlySet<string>;
  /** What `stop` noted of workers whose disk is as it was then. */
  readonly notes: ReadonlyMap<string, readonly WorkItem[]>;
  /** The journal's open lines. */
  readonly unfinished: ReadonlyMap<string, Address>;
  readonly clock: number;
}

/** A step that the real driver would refuse too: the plan and the world do not fit. */
export class StepRefused extends Error {}

export function stateOf(instances: readonly InstanceFacts[], changes: Partial<FakeState> = {}): FakeState {
  return {
    instances: new Map(instances.map((instance) => [instance.name, instance])),
    work: new Map(),
    saves: new Set(),
    notes: new Map(),
    unfinished: new Map(),
    clock: 0,
    ...changes,
  };
}

export const instancesOf = (state: FakeState): readonly InstanceFacts[] => [...state.instances.values()];

export function observed(state: FakeState, changes: Partial<World> = {}): World {
  return worldOf(instancesOf(state), { host: HOST, ...changes });
}

/** What a guest answers: nothing while it does not run; of a stopped one what its `stop` noted. */
export function probe(state: FakeState, name: string): WorkFinding {
  const facts = state.instances.get(name);
  const isSaved = ({ examples: [token = ""] }: WorkItem) => state.saves.has(token);
  const note = facts?.status === "stopped" ? state.notes.get(name) : undefined;
  if (note !== undefined) {
    const items = note.map(({ savable: _savable, ...item }) => (isSaved(item) ? { ...item, saved: true } : item));
    return { kind: "known", items, foundAt: timeOf(state) };
  }
  if (facts?.status !== "running") return { kind: "unknown", text: `${name} does not run` };
  const items = state.work.get(name) ?? [];
  return { kind: "known", items: items.map((item) => (isSaved(item) ? { ...item, saved: true } : item)) };
}

/** The look in the step that ends something. */
function refuseWork(state: FakeState, { instance, inputs }: Step, ends: "disk" | "processes"): void {
  if (inputs.work === undefined) throw new StepRefused(`${instance}: the step does not say what work to look for`);
  if (inputs.work === null) return;
  const finding = probe(state, instance);
  const isBroken = state.instances.get(instance)?.status === "broken";
  if (finding.kind === "unknown" && !(ends === "processes" && isBroken)) throw new StepRefused(finding.text);
  const items = finding.kind === "known" ? finding.items : [];
  const left = items.filter(({ kind, saved }) => (ends === "disk" ? saved !== true : kind === "live_run"));
  if (left.length > 0) throw new StepRefused(`${instance} has work that is not saved`);
}

/** Whatever ran in it is gone with its processes. */
function withoutRuns(state: FakeState, name: string): FakeState {
  const items = (state.work.get(name) ?? []).filter(({ kind }) => kind !== "live_run");
  return { ...state, work: new Map(state.work).set(name, items) };
}

function withNote(state: FakeState, name: string, items: readonly WorkItem[] | null): FakeState {
  const notes = new Map(state.notes);
  if (items === null) notes.delete(name);
  else notes.set(name, items);
  return { ...state, notes };
}

function save(state: FakeState, { instance, address }: Step): FakeState {
  if (ours(state, instance, address).status !== "running") throw new StepRefused(`${instance} does not answer`);
  const items = (state.work.get(instance) ?? []).filter(({ savable }) => savable === true);
  return { ...state, saves: new Set([...state.saves, ...items.map(({ examples: [token = ""] }) => token)]) };
}

/** What the user wants; the rest comes from the state. */
export type Wish = Partial<Pick<PlanInput, "spec" | "sources" | "intent" | "options">>;

/** Plans as the app does: asks guests, plans again with their answers. */
export function planFor(state: FakeState, wish: Wish): Plan {
  let work: Record<string, WorkFinding> = {};
  for (;;) {
    const now = timeOf(state);
    const { plan, asks } = makePlan(
      planInput({ ...wish, world: observed(state, { work }), unfinished: state.unfinished, now }),
    );
    if (asks.length === 0) return plan;
    work = { ...work, ...Object.fromEntries(asks.map((name) => [name, probe(state, name)])) };
  }
}

/** A whole apply without faults. */
export function applyAll(state: FakeState, plan: Pick<Plan, "steps">): FakeState {
  return plan.steps.reduce(doStep, state);
}

/** One step from its begin line to its done line. */
export function doStep(state: FakeState, step: Step): FakeState {
  return ended(applyStep(begun(state, step), step), step);
}

/** The journal's begin line is durable, nothing else has happened: a crash or a failure before the effect. */
export function begun(state: FakeState, step: Step): FakeState {
  return { ...state, unfinished: new Map(state.unfinished).set(step.instance, step.address), clock: state.clock + 1 };
}

/** The journal's done line. */
export function ended(state: FakeState, { instance }: Step): FakeState {
  const unfinished = new Map(state.unfinished);
  unfinished.delete(instance);
  return { ...state, unfinished };
}

const timeOf = ({ clock }: FakeState): string => new Date(Date.UTC(2026, 10, 2) + clock * 1000).toISOString();

/** The effect of a step. Throws `StepRefused` where the driver would refuse. */
export function applyStep(state: FakeState, step: Step): FakeState {
  const kind = step.address.split(".")[0];
  if (kind === "binding") return push(state, step);
  if (step.inputs.build !== undefined) return build(state, step);
  switch (step.verb) {
    case "create":
      return create(state, step);
    case "start":
      return start(state, step);
    case "seal":
      return seal(state, step);
    case "protect":
      return withInstance(state, changed(ours(state, step.instance, step.address), { isProtected: true }, {}));
    case "save":
      return save(state, step);
    case "stop":
      return stop(state, step);
    case "update":
      return update(state, step);
    case "delete":
      return remove(state, step);
    default:
      throw new StepRefused(`no verb ${step.verb}`);
  }
}

/** Every state that a step can leave when it is cut off between its begin and its end, besides none and all of it. */
export function cutStates(state: FakeState, step: Step): readonly FakeState[] {
  const before = begun(state, step);
  const facts = before.instances.get(step.instance);
  const put = (changes: Partial<InstanceFacts>, marks: Partial<Marks> = {}) =>
    facts === undefined ? [] : [withInstance(before, changed(facts, changes, marks))];
  switch (step.verb) {
    case "create":
      return cutClones(before, step);
    case "start":
      return [...put({ status: "running" }), ...put({ status: "broken" })];
    case "seal":
      return cutSeals(before, step);
    case "stop":
      return [...put({ status: "stopped" }), ...put({ status: "broken" })];
    case "update":
      return [...put({ status: "stopped" }), ...put({ status: "broken" })];
    case "delete":
      return facts === undefined ? [] : [withInstance(before, bare(step.instance)), ...put({ status: "stopped" })];
    default:
      return facts === undefined || step.inputs.build === undefined ? [] : cutBuilds(before, facts, step);
  }
}

/** The guest may have gone with limaform, and the note may be lost. */
function cutBuilds(state: FakeState, facts: InstanceFacts, { inputs }: Step): readonly FakeState[] {
  const begun = begunBuild(facts, inputs.build as unknown as BuildStep);
  const { build: _lost, ...noteless } = begun;
  return [begun, { ...begun, status: "stopped" as const }, { ...begun, status: "broken" as const }, noteless].map(
    (cut) => withInstance(state, cut),
  );
}

function cutSeals(state: FakeState, { instance, inputs }: Step): readonly FakeState[] {
  const facts = state.instances.get(instance);
  if (facts === undefined) return [];
  const begun = begunBuild(facts, { name: "seal", key: String(inputs.revision) });
  const marks = { sealed: timeOf(state), revision: String(inputs.revision) };
  return [
    begun,
    { ...begun, status: "broken" as const },
    { ...begun, status: "stopped" as const },
    changed(begun, { status: "stopped", isProtected: true }, {}),
    changed(facts, { status: "stopped", isProtected: true }, {}),
    changed(facts, { status: "stopped", isProtected: true }, marks),
  ].map((cut) => withInstance(state, cut));
}

function cutClones(state: FakeState, step: Step): readonly FakeState[] {
  const source = state.instances.get(String(step.inputs.source));
  const empty = withInstance(state, bare(step.instance));
  if (source === undefined) return [empty];
  return [empty, withInstance(state, copyOf(source, step.instance))];
}

/** What `limactl clone` leaves before it edits: the source's configuration and marks under another name. */
export function copyOf(source: InstanceFacts, name: string): InstanceFacts {
  const { dir, hostname } = instanceOf(name);
  // Its source's note beside it says nothing of it.
  const { build: _note, ...rest } = source;
  return { ...rest, name, dir, hostname, isProtected: false, readyAt: null, lastPush: null };
}

/** A directory without `lima.yaml`. */
export function bare(name: string): InstanceFacts {
  return instanceOf(name, { status: "broken", hasConfig: false, cpus: 0, memoryBytes: 0, diskBytes: 0 });
}

function changed(facts: InstanceFacts, changes: Partial<InstanceFacts>, marks: Partial<Marks>): InstanceFacts {
  const own = marksOf(facts);
  const reading = own === null ? facts.marks : { kind: "marks" as const, marks: { ...own, ...marks } };
  return { ...facts, ...changes, marks: reading };
}

export function withInstance(state: FakeState, instance: InstanceFacts): FakeState {
  return { ...state, instances: new Map(state.instances).set(instance.name, instance) };
}

export function withoutInstance(state: FakeState, name: string): FakeState {
  const instances = new Map(state.instances);
  const work = new Map(state.work);
  instances.delete(name);
  work.delete(name);
  return { ...withNote(state, name, null), instances, work };
}

function ours(state: FakeState, name: string, address: Address | null): InstanceFacts {
  const facts = state.instances.get(name);
  const marks = facts === undefined ? null : marksOf(facts);
  if (facts === undefined) throw new StepRefused(`${name} is not there`);
  if (marks === null || marks.project !== PROJECT || marks.owner !== OWNER || marks.name !== name)
    throw new StepRefused(`${name} is not ours`);
  if (address !== null && marks.address !== address) throw new StepRefused(`${name} is at ${marks.address}`);
  return facts;
}

function create(state: FakeState, step: Step): FakeState {
  const { inputs, instance } = step;
  const marks = inputs.marks as unknown as Marks;
  if (state.instances.has(instance)) throw new StepRefused(`${instance} is there already`);
  if (marks.name !== instance || marks.address !== step.address) throw new StepRefused("marks are about another one");
  if (inputs.source === null) {
    const { disk, cpus, memoryBytes } = inputs.template as { disk: string; cpus: number; memoryBytes: number };
    const size = { diskBytes: parseSize(disk), cpus, memoryBytes };
    const build = { ...EMPTY_NOTE, origin: String(inputs.origin) };
    return withInstance(state, instanceOf(instance, { marks: { kind: "marks", marks }, ...size, build }));
  }
  const source = ours(state, String(inputs.source), null);
  const sourceMarks = marksOf(source);
  if (source.status !== "stopped" || sourceMarks?.sealed === "") throw new StepRefused(`${source.name} is not usable`);
  if (marks.image !== source.name) throw new StepRefused("marks name another image");
  const size = (inputs.size ?? {}) as { diskBytes?: number };
  if (size.diskBytes !== undefined && size.diskBytes < source.diskBytes) throw new StepRefused("disk shrinking");
  const copy = { ...copyOf(source, instance), ...size, marks: { kind: "marks" as const, marks } };
  if (marks.role !== "image") return withInstance(state, copy);
  return withInstance(state, { ...copy, build: { ...EMPTY_NOTE, origin: cloneOrigin(source) ?? "" } });
}

function start(state: FakeState, step: Step): FakeState {
  const { instance, address, inputs } = step;
  const facts = ours(state, instance, address);
  if (facts.openConfig.length > 0) throw new StepRefused(`${instance} is not closed`);
  const isWorker = address.startsWith("worker.");
  if (isWorker && facts.status === "broken" && inputs.repair !== true) throw new StepRefused(`${instance} is broken`);
  const isHeld = (marksOf(facts)?.hold ?? "") !== "" && facts.status === "stopped";
  if (isHeld && inputs.release !== true) throw new StepRefused(`${instance} is held`);
  const release = inputs.release === true ? { hold: "" } : {};
  if (isWorker && facts.status === "broken") refuseWork(state, step, "processes");
  const before = facts.status === "running" ? state : withNote(withoutRuns(state, instance), instance, null);
  const readyAt = isWorker ? (facts.readyAt ?? timeOf(state)) : null;
  const diskBytes = typeof inputs.diskBytes === "number" ? inputs.diskBytes : facts.diskBytes;
  return withInstance(before, changed(facts, { status: "running", readyAt, diskBytes }, release));
}

/** The note beside the image, as the driver keeps it. */
const noteOf = ({ build }: InstanceFacts): BuildNote => build ?? { ...EMPTY_NOTE };
const EMPTY_NOTE: BuildNote = {
  ...{ origin: "", startedAt: "", begun: null, done: [], resumed: [], usedBytes: null },
};

/** A step of a build that was begun and not done: what is built upon its name is gone from the note. */
export function begunBuild(facts: InstanceFacts, { name, key }: Pick<BuildStep, "name" | "key">): InstanceFacts {
  const note = noteOf(facts);
  const before = note.done.findIndex((done) => done.name === name);
  const done = before === -1 ? note.done : note.done.slice(0, before);
  return { ...facts, build: { ...note, begun: { name, key, startedAt: "" }, done } };
}

function build(state: FakeState, { instance, address, inputs }: Step): FakeState {
  const step = inputs.build as unknown as BuildStep;
  const facts = ours(state, instance, address);
  if (facts.status !== "running") throw new StepRefused(`${step.name}: ${instance} does not run`);
  const begun = begunBuild(facts, step);
  const note = noteOf(begun);
  const version = step.kind === "code" ? String(step.inputs.commit) : null;
  const done: DoneStep = {
    ...{ name: step.name, key: step.key, startedAt: "", title: step.title, elapsedMs: 1, version, source: null },
    ...{ downloadedBytes: 0, indexBytes: 0, cachedBytes: 0, growthBytes: null, log: null },
  };
  return withInstance(state, { ...begun, build: { ...note, begun: null, done: [...note.done, done] } });
}

function seal(state: FakeState, { instance, address, inputs }: Step): FakeState {
  const facts = ours(state, instance, address);
  const note = noteOf(facts);
  if (facts.status !== "running") throw new StepRefused(`seal: ${instance} does not run`);
  const build = { ...note, begun: null };
  const marks = { sealed: timeOf(state), revision: String(inputs.revision) };
  return withInstance(state, changed(facts, { status: "stopped", isProtected: true, build }, marks));
}

function stop(state: FakeState, step: Step): FakeState {
  const { instance, address, inputs } = step;
  const facts = ours(state, instance, address);
  const isWorker = address.startsWith("worker.");
  const isRunning = facts.status !== "stopped";
  if (isWorker && isRunning) refuseWork(state, step, "processes");
  const noted = inputs.work === null ? null : (state.work.get(instance) ?? []);
  const after = isRunning ? withNote(withoutRuns(state, instance), instance, noted) : state;
  return withInstance(after, changed(facts, { status: "stopped" }, { hold: String(inputs.hold) }));
}

function update(state: FakeState, step: Step): FakeState {
  const { instance, address, inputs } = step;
  const facts = ours(state, instance, address);
  const size = inputs.size as { cpus: number; memoryBytes: number; diskBytes: number };
  if (facts.status !== "stopped" && inputs.stopFirst !== true) throw new StepRefused(`${instance} runs`);
  if (size.diskBytes < facts.diskBytes) throw new StepRefused("disk shrinking");
  if (facts.status !== "stopped") refuseWork(state, step, "processes");
  const after = facts.status === "stopped" ? state : withoutRuns(state, instance);
  return withInstance(after, changed(facts, { ...size, status: "stopped" }, { applied: size }));
}

function remove(state: FakeState, step: Step): FakeState {
  const { instance, address, inputs } = step;
  const facts = state.instances.get(instance);
  if (facts === undefined) return state;
  const isResidue = inputs.isResidue === true;
  if (isResidue && marksOf(facts)?.name === instance) throw new StepRefused(`${instance} is whole now`);
  if (!isResidue) ours(state, instance, address);
  if (address.startsWith("worker.")) refuseWork(state, step, "disk");
  return withoutInstance(state, instance);
}

function push(state: FakeState, { instance, inputs }: Step): FakeState {
  const facts = ours(state, instance, null);
  if (facts.status !== "running") throw new StepRefused(`push: ${instance} does not run`);
  if (inputs.isFresh !== true && (state.work.get(instance) ?? []).length > 0)
    throw new StepRefused(`${instance} has work`);
  const { commit, carriedDigest } = inputs as { commit: string; carriedDigest: string };
  return withInstance(state, { ...facts, lastPush: { commit, carriedDigest, base: commit, at: timeOf(state) } });
}
