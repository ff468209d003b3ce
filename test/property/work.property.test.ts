import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Address, Intent } from "../../src/resources/kind.js";
import { marksOf } from "../../src/resources/marks-of.js";
import type { WorkItem, WorkKind } from "../../src/world/world.js";
import { fleetOf, NO_OPTIONS, sourcesOf, specOf, worker } from "../support/builders.js";
import {
  applyStep,
  begun,
  cutStates,
  ended,
  type FakeState,
  planFor,
  StepRefused,
  stateOf,
} from "../support/fake-world.js";
import { runsOf } from "../support/property-runs.js";

/*
 * No history of commands loses work. A piece of work has a name; it is on a worker, saved, or somebody gave it up by
 * name. Agents work on between plan and step, applies are cut off, guests stop by themselves, saves are discarded.
 */

const KINDS: readonly WorkKind[] = ["uncommitted", "untracked", "commits", "stash", "ignored", "path", "live_run"];
const SAVABLE = new Set<WorkKind>(["uncommitted", "untracked", "commits", "stash"]);

type Command =
  | { readonly do: "work"; readonly slot: number; readonly kind: WorkKind }
  | { readonly do: "crash" | "powerOff"; readonly slot: number }
  | { readonly do: "discardSave" }
  | {
      readonly do: "apply" | "stop" | "start" | "destroy";
      readonly slot: number;
      readonly count: number;
      readonly revision: number;
      readonly memory: number;
      readonly replace: boolean;
      readonly discard: boolean;
      /** Work appears before this step; the apply is cut off in this step, if there is one. */
      readonly meanwhile: number;
      readonly cutAt: number;
    };

const slot = fc.integer({ min: 1, max: 2 });
const commands: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant("work" as const), slot, kind: fc.constantFrom(...KINDS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("crash" as const, "powerOff" as const), slot }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("discardSave" as const) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom("apply" as const, "apply" as const, "stop" as const, "start" as const, "destroy" as const),
      slot,
      count: fc.integer({ min: 0, max: 2 }),
      revision: fc.integer({ min: 1, max: 2 }),
      memory: fc.constantFrom(4, 8),
      replace: fc.boolean(),
      discard: fc.nat({ max: 4 }).map((pick) => pick === 0),
      meanwhile: fc.nat({ max: 12 }),
      cutAt: fc.nat({ max: 12 }),
    }),
  },
);

interface History {
  readonly state: FakeState;
  readonly made: ReadonlySet<string>;
  readonly givenUp: ReadonlySet<string>;
}

const workerAt = (state: FakeState, at: number) =>
  [...state.instances.values()].find((facts) => facts.status === "running" && marksOf(facts)?.address === worker(at));

/** An agent makes a piece of work on a running worker; without one nothing happens. */
function work(history: History, at: number, kind: WorkKind): History {
  const { state, made } = history;
  const found = workerAt(state, at);
  if (found === undefined || found.readyAt === null) return history;
  const token = `${kind}-${made.size}`;
  const item: WorkItem = {
    kind,
    count: 1,
    bytes: 1,
    examples: [token],
    ...(SAVABLE.has(kind) ? { savable: true } : {}),
  };
  const items = [...(state.work.get(found.name) ?? []), item];
  return {
    ...history,
    state: { ...state, work: new Map(state.work).set(found.name, items) },
    made: new Set([...made, token]),
  };
}

/** The guest goes without us; what ran in it ends by its own. */
function without(history: History, at: number, status: "broken" | "stopped"): History {
  const found = workerAt(history.state, at);
  if (found === undefined) return history;
  const items = history.state.work.get(found.name) ?? [];
  const runs = items.filter(({ kind }) => kind === "live_run").flatMap(({ examples }) => examples);
  const state = {
    ...history.state,
    instances: new Map(history.state.instances).set(found.name, { ...found, status }),
    work: new Map(history.state.work).set(
      found.name,
      items.filter(({ kind }) => kind !== "live_run"),
    ),
  };
  return { ...history, state, givenUp: new Set([...history.givenUp, ...runs]) };
}

function discardSaves(history: History): History {
  const held = tokensOn(history.state);
  const gone = [...history.state.saves].filter((token) => !held.has(token));
  return {
    ...history,
    state: { ...history.state, saves: new Set() },
    givenUp: new Set([...history.givenUp, ...gone]),
  };
}

const tokensOn = (state: FakeState): ReadonlySet<string> =>
  new Set([...state.work.values()].flat().flatMap(({ examples }) => examples));

type Apply = Extract<Command, { readonly cutAt: number }>;

function command(history: History, asked: Apply): History {
  const addresses: readonly Address[] = [worker(asked.slot)];
  const intents: Readonly<Record<Apply["do"], Intent>> = {
    apply: { kind: "apply" },
    stop: { kind: "stop", addresses },
    start: { kind: "start", addresses },
    destroy: { kind: "destroy", keepImages: true, workersOnly: true },
  };
  const isThere = [...history.state.instances.values()].some((facts) => marksOf(facts)?.address === addresses[0]);
  const isWanted = isThere || asked.slot <= asked.count;
  const options = {
    ...NO_OPTIONS,
    replaces: asked.replace && asked.do === "apply" && asked.slot <= asked.count ? addresses : [],
    discardWork: asked.discard && isWanted ? addresses : [],
  };
  const spec = specOf(
    `workers = ${asked.count}\nvm.memory = "${asked.memory}GiB"\nhooks.post_sync = "echo ${asked.revision}"`,
  );
  const plan = planFor(history.state, { spec, sources: sourcesOf(), intent: intents[asked.do], options });
  if (!plan.applicable) return history;
  let now = history;
  for (const [index, step] of plan.steps.entries()) {
    if (index === asked.meanwhile) now = work(now, asked.slot, KINDS[index % KINDS.length] ?? "stash");
    const isGivenUp = options.discardWork.includes(step.address);
    const before = new Set(now.state.work.get(step.instance)?.flatMap(({ examples }) => examples));
    const state = index === asked.cutAt ? cutOff(now.state, step) : tryStep(now.state, step);
    if (state === null) return now;
    const left = tokensOn(state);
    const gone = isGivenUp ? [...before].filter((token) => !left.has(token)) : [];
    now = { ...now, state, givenUp: new Set([...now.givenUp, ...gone]) };
    if (index === asked.cutAt) return now;
  }
  return now;
}

/** What a step leaves that was cut off after its own look; a deletion that has begun has taken the disk, a stop what ran. */
function cutOff(state: FakeState, step: Parameters<typeof applyStep>[1]): FakeState | null {
  if (tryStep(state, step) === null) return null;
  const cut = cutStates(state, step)[0] ?? begun(state, step);
  const facts = cut.instances.get(step.instance);
  const work = new Map(cut.work);
  const items = work.get(step.instance) ?? [];
  if (facts?.hasConfig === false) work.delete(step.instance);
  else if (facts?.status === "stopped")
    work.set(
      step.instance,
      items.filter(({ kind }) => kind !== "live_run"),
    );
  return { ...cut, work };
}

function tryStep(state: FakeState, step: Parameters<typeof applyStep>[1]): FakeState | null {
  try {
    return ended(applyStep(begun(state, step), step), step);
  } catch (error) {
    if (error instanceof StepRefused) return null;
    throw error;
  }
}

function advance(history: History, next: Command): History {
  switch (next.do) {
    case "work":
      return work(history, next.slot, next.kind);
    case "crash":
      return without(history, next.slot, "broken");
    case "powerOff":
      return without(history, next.slot, "stopped");
    case "discardSave":
      return discardSaves(history);
    default:
      return command(history, next);
  }
}

const START: History = { state: stateOf(fleetOf(specOf("workers = 2"))), made: new Set(), givenUp: new Set() };

describe("work on workers", () => {
  it.each(runsOf(1500))(
    "is lost by no history of commands that nobody told to lose it: $title",
    ({ seed, numRuns }) => {
      let saved = 0;
      let deleted = 0;
      fc.assert(
        fc.property(fc.array(commands, { minLength: 1, maxLength: 14 }), (list) => {
          let history = START;
          for (const next of list) {
            const before = history.state;
            history = advance(history, next);
            const there = tokensOn(history.state);
            const lost = [...history.made].filter(
              (token) => !there.has(token) && !history.state.saves.has(token) && !history.givenUp.has(token),
            );
            expect(lost, JSON.stringify(next)).toEqual([]);
            if (history.state.saves.size > before.saves.size) saved += 1;
            if (history.state.instances.size < before.instances.size) deleted += 1;
          }
        }),
        { seed, numRuns },
      );
      // The generator reaches what this is about.
      expect(saved).toBeGreaterThan(20);
      expect(deleted).toBeGreaterThan(20);
    },
  );
});
