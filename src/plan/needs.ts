import { heaviestClosure } from "../graph/heaviest-closure.js";
import { readSize } from "../util/bytes.js";
import type { JsonObject } from "../util/json.js";
import type { AppliedSize } from "../world/marks.js";
import type { InstanceFacts, World } from "../world/world.js";
import type { Needs, Step } from "./document.js";

type Load = Pick<AppliedSize, "cpus" | "memoryBytes">;

/** Ends of a guest's run: what it held is free once the step is done. A seal ends with a stop. */
const ENDS: ReadonlySet<string> = new Set(["delete", "stop", "seal", "update"]);

/**
 * What steps need at the worst moment of any order that the plan allows.
 */
export function needsOf(steps: readonly Step[], world: World, ours: readonly InstanceFacts[]): Needs {
  const touched = touchedBy(steps);
  const sizes = sizesAfter(steps, world, touched);
  const peak = worstMoment(steps, sizes, loadBefore(ours, touched));
  const needs = { startsAny: false, largestCpus: 0, diskBytes: 0 };
  for (const step of steps) {
    needs.diskBytes += writtenBy(step, sizes, world.host.cloneMethod);
    if (step.verb !== "start") continue;
    needs.startsAny = true;
    needs.largestCpus = Math.max(needs.largestCpus, sizes.get(step.instance)?.cpus ?? 0);
  }
  return { ...peak, ...needs, growthBytes: growth(steps, ours, sizes) };
}

/** Instances that the steps are about, or clone. What they leave alone is counted without looking it up by name. */
function touchedBy(steps: readonly Step[]): ReadonlySet<string> {
  const touched = new Set<string>();
  for (const { verb, instance, inputs } of steps) {
    touched.add(instance);
    if (verb === "create" && typeof inputs.source === "string") touched.add(inputs.source);
  }
  return touched;
}

/** Guests that run before the first step. */
interface Before extends Load {
  readonly running: number;
  /** By name, those that the steps touch. */
  readonly loads: ReadonlyMap<string, Load>;
}

function loadBefore(ours: readonly InstanceFacts[], touched: ReadonlySet<string>): Before {
  const total = { running: 0, cpus: 0, memoryBytes: 0 };
  const loads = new Map<string, Load>();
  for (const facts of ours) {
    if (facts.status !== "running" && facts.status !== "broken") continue;
    total.running += 1;
    count(total, facts, 1);
    if (touched.has(facts.name)) loads.set(facts.name, facts);
  }
  return { ...total, loads };
}

/** Sizes of touched instances once the steps are done; a clone without a size of its own has its source's. */
function sizesAfter(
  steps: readonly Step[],
  world: World,
  touched: ReadonlySet<string>,
): ReadonlyMap<string, AppliedSize> {
  const sizes = new Map<string, AppliedSize>();
  for (const facts of world.instances) if (touched.has(facts.name)) sizes.set(facts.name, facts);
  for (const { verb, instance, inputs } of steps) {
    if (verb !== "create" && verb !== "update") continue;
    const given = sizeIn(inputs.size) ?? sizeIn(inputs.template) ?? sizes.get(String(inputs.source));
    if (given !== undefined) sizes.set(instance, given);
  }
  return sizes;
}

function sizeIn(value: JsonObject[string] | undefined): AppliedSize | undefined {
  if (value === undefined || value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  const { cpus, memoryBytes, disk, diskBytes = readSize(String(disk)) } = value as JsonObject;
  if (typeof cpus !== "number" || typeof memoryBytes !== "number") return undefined;
  return { cpus, memoryBytes, diskBytes: typeof diskBytes === "number" ? diskBytes : Number.POSITIVE_INFINITY };
}

interface LoadChange {
  readonly load: Load;
  /** 1: from the begin of a start on; -1: from the end of what ends it. */
  readonly sign: 1 | -1;
}

/** What each step changes about the guests that run. Steps of one instance stand in the order in which they must run. */
function changesBy(
  steps: readonly Step[],
  sizes: ReadonlyMap<string, AppliedSize>,
  before: Before["loads"],
): readonly (LoadChange | null)[] {
  const running = new Map(before);
  return steps.map(({ verb, instance }) => {
    const now = running.get(instance);
    if (ENDS.has(verb) && now !== undefined) {
      running.delete(instance);
      return { load: now, sign: -1 };
    }
    const load = sizes.get(instance);
    if (verb !== "start" || now !== undefined || load === undefined) return null;
    running.set(instance, load);
    return { load, sign: 1 };
  });
}

/** More than a spec may ask for; beyond it all starts are counted beside all that runs before. */
const EXACT_STEPS = 10_000;

/**
 * The worst of all orders that the plan allows, exactly: the heaviest set of begun starts and done ends that holds with
 * each step all that it waits for.
 */
function worstMoment(
  steps: readonly Step[],
  sizes: ReadonlyMap<string, AppliedSize>,
  before: Before,
): Pick<Needs, "running" | "memoryBytes" | "memoryBytesNow" | "cpus"> {
  const changes = changesBy(steps, sizes, before.loads);
  const chosen =
    steps.length > EXACT_STEPS
      ? [...changes.keys()].filter((place) => changes[place]?.sign === 1)
      : heaviestOf(steps, changes);
  const { running, cpus, memoryBytes } = before;
  const peak = { running, memoryBytes, cpus };
  for (const place of chosen) {
    const change = changes[place];
    if (change == null) continue;
    peak.running += change.sign;
    count(peak, change.load, change.sign);
  }
  return { ...peak, memoryBytesNow: memoryBytes };
}

function heaviestOf(steps: readonly Step[], changes: readonly (LoadChange | null)[]): Iterable<number> {
  const index = new Map(steps.map(({ id }, place) => [id, place]));
  const needs = steps.map(({ after }) => after.flatMap((id) => index.get(id) ?? []));
  return heaviestClosure(
    changes.map((change) => (change === null ? 0 : change.sign * change.load.memoryBytes)),
    (place) => needs[place] ?? [],
  );
}

function count(total: { memoryBytes: number; cpus: number }, { cpus, memoryBytes }: Load, sign: 1 | -1): void {
  total.cpus += sign * cpus;
  total.memoryBytes += sign * memoryBytes;
}

const GIB = 1024 ** 3;
/** Logs, keys, caches and package lists of a first boot. */
const FIRST_BOOT = GIB / 4;
/** A copied disk holds an operating system and tools; how much of it is there nobody asks for each plan. */
const PLAIN_COPY = 4 * GIB;
const NEW_IMAGE = 2 * GIB;
const IMAGE_LAYER = GIB;

function writtenBy(
  { verb, instance, inputs }: Step,
  sizes: ReadonlyMap<string, AppliedSize>,
  cloneMethod: World["host"]["cloneMethod"],
): number {
  if (verb !== "create") return 0;
  const most = sizes.get(instance)?.diskBytes ?? Number.POSITIVE_INFINITY;
  const copy = cloneMethod === "full" && inputs.source !== null ? PLAIN_COPY : 0;
  const own = inputs.source === null ? NEW_IMAGE : inputs.size === undefined ? IMAGE_LAYER : FIRST_BOOT;
  return Math.min(most, copy + own);
}

/** Only workers keep what they write; an image is what it is once it is sealed. */
function growth(
  steps: readonly Step[],
  ours: readonly InstanceFacts[],
  sizes: ReadonlyMap<string, AppliedSize>,
): number {
  const made = new Set<string>();
  const gone = new Set<string>();
  for (const { verb, instance, inputs } of steps) {
    if (verb === "delete") gone.add(instance);
    if (verb === "create" && inputs.size !== undefined) made.add(instance);
  }
  let bytes = 0;
  for (const name of made) bytes += sizes.get(name)?.diskBytes ?? 0;
  for (const { name, marks, diskBytes } of ours) {
    const keepsWrites = marks.kind === "marks" && marks.marks.applied !== null;
    if (keepsWrites && !gone.has(name) && !made.has(name)) bytes += sizes.get(name)?.diskBytes ?? diskBytes;
  }
  return bytes;
}
