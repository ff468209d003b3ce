import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BuildStep } from "../../src/resources/image/build-step.js";
import { continuationOf } from "../../src/resources/image/resume.js";
import type { BuildNote, DoneStep } from "../../src/world/build.js";
import { instanceOf } from "../support/builders.js";
import { runsOf } from "../support/property-runs.js";

/* A build as data: what is wanted changes between applies, each of which is cut off somewhere, and the last one is not. */

const DISK = 30 * 1024 ** 3;

interface Turn {
  /** What is done to the wanted chain before this apply. */
  readonly edit: { readonly kind: "none" | "key" | "insert" | "remove" | "commit"; readonly at: number };
  /** After how many steps it is cut off, and whether the next one was begun. */
  readonly steps: number;
  readonly isInStep: boolean;
}

const turns = fc.array(
  fc.record({
    edit: fc.record({
      kind: fc.constantFrom("none", "none", "key", "insert", "remove", "commit"),
      at: fc.nat(5),
    }),
    steps: fc.nat(6),
    isInStep: fc.boolean(),
  }) as fc.Arbitrary<Turn>,
  { maxLength: 8 },
);
const chains = fc
  .array(fc.constantFrom("hook", "tool", "code"), { maxLength: 6 })
  .map((kinds) => kinds.map((kind, index) => stepOf(`s${index}`, kind, "k", "c")));

function stepOf(name: string, kind: string, key: string, commit: string): BuildStep {
  return { name, kind, key, title: name, timeoutMs: 1, inputs: { commit } };
}

let fresh = 0;
function edited(chain: readonly BuildStep[], { kind, at }: Turn["edit"]): readonly BuildStep[] {
  fresh += 1;
  const place = chain.length === 0 ? 0 : at % chain.length;
  switch (kind) {
    case "key":
      return chain.map((step, index) => (index === place ? { ...step, key: `k${fresh}` } : step));
    case "insert":
      return chain.toSpliced(place, 0, stepOf(`n${fresh}`, "tool", "k", "c"));
    case "remove":
      return chain.toSpliced(place, 1);
    case "commit":
      return chain.map((step) => (step.kind === "code" ? { ...step, inputs: { commit: `c${fresh}` } } : step));
    default:
      return chain;
  }
}

const NEW: BuildNote = { origin: "o", startedAt: "", begun: null, done: [], resumed: [], usedBytes: null };

function begin(note: BuildNote, { name, key }: BuildStep): BuildNote {
  const at = note.done.findIndex((done) => done.name === name);
  return { ...note, begun: { name, key, startedAt: "" }, done: at === -1 ? note.done : note.done.slice(0, at) };
}

function finish(note: BuildNote, { name, key, title, inputs }: BuildStep): BuildNote {
  const done: DoneStep = {
    ...{ name, key, title, startedAt: "", elapsedMs: 0, version: String(inputs.commit), source: null },
    ...{ downloadedBytes: 0, indexBytes: 0, cachedBytes: 0, growthBytes: null, log: null },
  };
  return { ...note, begun: null, done: [...note.done, done] };
}

/** What an apply walks, and where the disk stands then. */
function walk(note: BuildNote | null, chain: readonly BuildStep[]) {
  const object = instanceOf("app-tools-0", { diskBytes: DISK, ...(note === null ? {} : { build: note }) });
  const found = note === null ? null : continuationOf(object, { origin: "o", steps: chain, diskBytes: DISK });
  return found?.kind === "resume"
    ? { isResumed: true, note: note ?? NEW, left: found.from.left }
    : { isResumed: false, note: NEW, left: chain };
}

const keysOf = (steps: readonly { readonly name: string; readonly key: string }[]) =>
  steps.map(({ name, key }) => `${name} ${key}`);

describe.each(runsOf(400))("a build that is cut off again and again ($title)", ({ seed, numRuns }) => {
  it("ends with each wanted step done, once, in order, whatever changed on the way", () => {
    fc.assert(
      fc.property(chains, turns, (first, all) => {
        let chain: readonly BuildStep[] = first;
        let note: BuildNote | null = null;
        let done: string[] = [];
        const apply = (steps: number, isInStep: boolean) => {
          const { left, ...from } = walk(note, chain);
          if (!from.isResumed) done = [];
          let now = from.note;
          for (const step of left.slice(0, steps)) {
            now = finish(begin(now, step), step);
            // What it stands on is part of what it is: code that moved is brought in again, and what follows it is done anew.
            const code = now.done.filter(({ name }) => chain.some((one) => one.name === name && one.kind === "code"));
            done.push(`${step.name} ${step.key} ${code.map(({ version }) => version).join()}`);
          }
          const next = left[steps];
          note = isInStep && next !== undefined ? begin(now, next) : now;
        };
        for (const { edit, steps, isInStep } of all) {
          chain = edited(chain, edit);
          apply(steps, isInStep);
        }
        apply(Number.POSITIVE_INFINITY, false);
        expect(keysOf((note as BuildNote | null)?.done ?? [])).toEqual(keysOf(chain));
        // On one disk nothing is done twice.
        expect(new Set(done).size).toBe(done.length);
      }),
      { seed, numRuns },
    );
  });

  it("goes on with what is left where nothing changed, and never does a done step again", () => {
    fc.assert(
      fc.property(chains, fc.nat(6), fc.boolean(), (chain, count, isInStep) => {
        const cut = Math.min(count, chain.length);
        let note = NEW;
        for (const step of chain.slice(0, cut)) note = finish(begin(note, step), step);
        const next = chain[cut];
        if (isInStep && next !== undefined) note = begin(note, next);
        const { isResumed, left } = walk(note, chain);
        expect([isResumed, keysOf(left)]).toEqual([true, keysOf(chain.slice(cut))]);
      }),
      { seed, numRuns },
    );
  });

  it("brings code in again that moved since, and does all behind it anew, as long as something is left", () => {
    fc.assert(
      fc.property(chains, fc.nat(6), (chain, count) => {
        const cut = Math.min(count, chain.length);
        let note = NEW;
        for (const step of chain.slice(0, cut)) note = finish(begin(note, step), step);
        const wanted = edited(chain, { kind: "commit", at: 0 });
        const code = chain.findIndex(({ kind }) => kind === "code");
        const from = cut < chain.length && code !== -1 ? Math.min(code, cut) : cut;
        expect(keysOf(walk(note, wanted).left)).toEqual(keysOf(chain.slice(from)));
      }),
      { seed, numRuns },
    );
  });

  it("begins anew exactly where a done step changed, or another one comes next than was begun", () => {
    fc.assert(
      fc.property(
        chains.filter((chain) => chain.length > 0),
        fc.nat(6),
        fc.boolean(),
        fc.record({ kind: fc.constantFrom("key" as const, "insert" as const, "remove" as const), at: fc.nat(5) }),
        (chain, count, isInStep, edit) => {
          const cut = Math.min(count, chain.length);
          let note = NEW;
          for (const step of chain.slice(0, cut)) note = finish(begin(note, step), step);
          const begun = isInStep ? chain[cut] : undefined;
          if (begun !== undefined) note = begin(note, begun);
          const wanted = edited(chain, edit);
          const isPrefix = keysOf(chain.slice(0, cut)).join() === keysOf(wanted.slice(0, cut)).join();
          const isNext = begun === undefined || wanted[cut]?.name === begun.name;
          expect(walk(note, wanted).isResumed).toBe(isPrefix && wanted.length >= cut && isNext);
        },
      ),
      { seed, numRuns },
    );
  });
});
