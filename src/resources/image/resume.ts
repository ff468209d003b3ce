import { compareText } from "../../util/compare.js";
import type { BuildNote } from "../../world/build.js";
import type { InstanceFacts } from "../kind.js";
import type { BuildStep } from "./build-step.js";

/** The last step of every build. */
export const SEAL = "seal";

/** What an unfinished build is held against. */
export interface WantedBuild {
  /** What the disk must have begun as; null where that does not exist yet. */
  readonly origin: string | null;
  readonly steps: readonly BuildStep[];
  /** Units: bytes. */
  readonly diskBytes: number;
}

export type Continuation =
  | { readonly kind: "resume"; readonly object: InstanceFacts; readonly from: ResumePoint }
  | { readonly kind: "anew"; readonly why: string };

/**
 * Where a build goes on.
 *
 * Shape: `left` are the steps to do, in order, none = only the seal; `number` of the first of them counts from 1 among
 * all `total`.
 */
export interface ResumePoint {
  readonly step: string;
  readonly number: number;
  readonly total: number;
  readonly left: readonly BuildStep[];
}

/**
 * Whether an image that did not reach its seal can be built on: it began as the wanted one would, its done steps are the
 * first of the wanted ones, and what was begun is what comes next (it is done again from its beginning).
 */
export function continuationOf(object: InstanceFacts, wanted: WantedBuild): Continuation {
  const anew = (why: string): Continuation => ({ kind: "anew", why });
  const { build: note } = object;
  if (object.damage !== undefined) return anew(object.damage.text);
  if (note === undefined) return anew("how far it came is not noted");
  if (wanted.origin === null || note.origin !== wanted.origin) return anew("it was made of another base");
  if (object.diskBytes > wanted.diskBytes) return anew("its disk is larger than vm.disk");
  const changed = note.done.findIndex(({ name, key }, at) => {
    const step = wanted.steps[at];
    return step === undefined || step.name !== name || step.key !== key;
  });
  if (changed !== -1) return anew(`its step ${note.done[changed]?.name} is not wanted as it was done`);
  const next = wanted.steps[note.done.length]?.name ?? SEAL;
  if (note.begun !== null && note.begun.name !== next) {
    return anew(`its step ${note.begun.name} was begun, and ${next} comes next now`);
  }
  return { kind: "resume", object, from: resumePoint(note, wanted.steps) };
}

function resumePoint(note: BuildNote, steps: readonly BuildStep[]): ResumePoint {
  const first = firstLeft(note, steps);
  const left = steps.slice(first);
  const step = left[0]?.name ?? SEAL;
  return { step, number: first + 1, total: steps.length, left };
}

/** Code that moved since is brought in again, as long as something is built upon it. */
function firstLeft({ done }: BuildNote, steps: readonly BuildStep[]): number {
  if (done.length >= steps.length) return done.length;
  const moved = steps.slice(0, done.length).findIndex((step, at) => {
    return step.kind === "code" && done[at]?.version !== step.inputs.commit;
  });
  return moved === -1 ? done.length : moved;
}

/** The one of several that came furthest; then by name, so that it is always the same one. */
export function furthest(found: readonly Continuation[]): Extract<Continuation, { kind: "resume" }> | null {
  const able = found.filter((one) => one.kind === "resume");
  able.sort((a, b) => b.from.number - a.from.number || compareText(a.object.name, b.object.name));
  return able[0] ?? null;
}

/** `resume at step 7 of 9 (post_provision): 1–6 are done`. */
export function resumeText({ step, number, total }: ResumePoint): string {
  if (step === SEAL) return total === 0 ? "resume at its seal" : `resume at its seal: ${doneText(total)}`;
  const where = `resume at step ${number} of ${total} (${step})`;
  return number === 1 ? where : `${where}: ${doneText(number - 1)}`;
}

const doneText = (count: number): string => (count === 1 ? "1 is done" : `1–${count} are done`);
