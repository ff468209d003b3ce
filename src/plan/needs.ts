import { heaviestClosure } from "../graph/heaviest-closure.js";
import { readSize } from "../util/bytes.js";
import type { JsonObject } from "../util/json.js";
import type { AppliedSize } from "../world/marks.js";
import type { InstanceFacts, World } from "../world/world.js";
import { growth, writtenBy } from "./disk-needs.js";
import type { Needs, Step } from "./document.js";
import { type ByNumber, numberOf, type Touched, touchedBy } from "./touched.js";

type Load = Pick<AppliedSize, "cpus" | "memoryBytes">;

/** Ends of a guest's run: what it held is free once the step is done. A seal ends with a stop. */
const ENDS: ReadonlySet<string> = new Set(["delete", "stop", "seal", "update"]);

/**
 * What steps need at the worst moment of any order that the plan allows.
 */
export function needsOf(steps: readonly Step[], world: World, ours: readonly InstanceFacts[]): Needs {
  const touched = touchedBy(steps);
  const sizes = sizesAfter(steps, world, touched);
  const peak = worstMoment(steps, { touched, sizes, before: loadBefore(ours, touched) });
  const needs = { startsAny: false, largestCpus: 0, diskBytes: 0 };
  steps.forEach((step, place) => {
    const size = sizes[numberOf(touched, place)];
    needs.diskBytes += writtenBy(step, size, world.host.cloneMethod);
    if (step.verb !== "start") return;
    needs.startsAny = true;
    needs.largestCpus = Math.max(needs.largestCpus, size?.cpus ?? 0);
  });
  return { ...peak, ...needs, growthBytes: growth(steps, ours, { touched, sizes }) };
}

/** Guests that run before the first step. */
interface Before extends Load {
  readonly running: number;
  /** Those that the steps touch. */
  readonly loads: ByNumber<Load>;
}

function loadBefore(ours: readonly InstanceFacts[], { numbers }: Touched): Before {
  const total = { running: 0, cpus: 0, memoryBytes: 0 };
  const loads = new Array<Load | undefined>(numbers.size).fill(undefined);
  for (const facts of ours) {
    if (facts.status !== "running" && facts.status !== "broken") continue;
    total.running += 1;
    count(total, facts, 1);
    const number = numbers.get(facts.name);
    if (number !== undefined) loads[number] = facts;
  }
  return { ...total, loads };
}

/** Sizes of touched instances once the steps are done; a clone without a size of its own has its source's. */
function sizesAfter(steps: readonly Step[], world: World, touched: Touched): ByNumber<AppliedSize> {
  const { numbers } = touched;
  const sizes = new Array<AppliedSize | undefined>(numbers.size).fill(undefined);
  for (const facts of world.instances) {
    const number = numbers.get(facts.name);
    if (number !== undefined) sizes[number] = facts;
  }
  steps.forEach(({ verb, inputs }, place) => {
    if (verb !== "create" && verb !== "update") return;
    const given = sizeIn(inputs.size) ?? sizeIn(inputs.template) ?? sizes[numbers.get(String(inputs.source)) ?? -1];
    if (given !== undefined) sizes[numberOf(touched, place)] = given;
  });
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

interface Guests {
  readonly touched: Touched;
  readonly sizes: ByNumber<AppliedSize>;
  readonly before: Before;
}

/** What each step changes about the guests that run. Steps of one instance stand in the order in which they must run. */
function changesBy(steps: readonly Step[], { touched, sizes, before }: Guests): readonly (LoadChange | null)[] {
  const running = [...before.loads];
  return steps.map(({ verb }, place) => {
    const number = numberOf(touched, place);
    const now = running[number];
    if (ENDS.has(verb) && now !== undefined) {
      running[number] = undefined;
      return { load: now, sign: -1 };
    }
    const load = sizes[number];
    if (verb !== "start" || now !== undefined || load === undefined) return null;
    running[number] = load;
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
  guests: Guests,
): Pick<Needs, "running" | "memoryBytes" | "memoryBytesNow" | "cpus"> {
  const changes = changesBy(steps, guests);
  const chosen =
    steps.length > EXACT_STEPS
      ? [...changes.keys()].filter((place) => changes[place]?.sign === 1)
      : heaviestOf(steps, changes);
  const { running, cpus, memoryBytes } = guests.before;
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
