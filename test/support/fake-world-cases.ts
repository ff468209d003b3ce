import type { ResolvedSpec } from "../../src/resources/kind.js";
import { marksOf } from "../../src/resources/marks-of.js";
import type { InstanceFacts } from "../../src/world/world.js";
import { GOLDEN, imageOf, imagesOf, specOf, TOOLS, worker, workerOf } from "./builders.js";
import { bare, copyOf, type FakeState, stateOf } from "./fake-world.js";

/* Small worlds, all of them: what can stand at a slot, and how a slot that is already there can look. */

/** Everything that can stand at one slot of ours, by revision of its image. */
export const SLOT_STATES = [
  "absent",
  "bare",
  "copy",
  ...["ready", "starting", "created", "stopped", "held", "broken"].flatMap((status) => [
    `${status} new`,
    `${status} old`,
  ]),
] as const;

export type SlotState = (typeof SLOT_STATES)[number];

const FACTS: Readonly<Record<string, Partial<InstanceFacts>>> = {
  ready: {},
  starting: { readyAt: null, lastPush: null },
  created: { status: "stopped", readyAt: null, lastPush: null },
  stopped: { status: "stopped" },
  held: { status: "stopped" },
  broken: { status: "broken" },
};

export const OLD_REVISION = "01d".padEnd(64, "0");
export const oldGolden = imageOf(GOLDEN, OLD_REVISION, { sealed: "2026-09-01T00:00:00.000Z" });

/** The object at a slot; null for an empty one. */
export function slotObject(slot: number, state: SlotState, golden: InstanceFacts): InstanceFacts | null {
  if (state === "absent") return null;
  const plain = workerOf(slot, golden);
  if (state === "bare") return bare(plain.name);
  if (state === "copy") return copyOf(golden, plain.name);
  const [status = "", age = ""] = state.split(" ");
  const hold = status === "held" ? "2026-10-03T00:00:00.000Z" : "";
  return workerOf(slot, age === "old" ? oldGolden : golden, { marks: { hold }, facts: FACTS[status] ?? {} });
}

/** A world with both golden images, the old one's tools gone, and these slots. */
export function smallWorld(slots: readonly SlotState[], spec: ResolvedSpec = specOf()): FakeState {
  const { tools, golden } = imagesOf(spec);
  const objects = slots.map((state, index) => slotObject(index + 1, state, golden));
  const cut = slots.flatMap((state, index) =>
    state === "bare" || state === "copy" ? [[`app-worker-${index + 1}`, worker(index + 1)] as const] : [],
  );
  return stateOf([tools, golden, oldGolden, ...objects.filter((object) => object !== null)], {
    unfinished: new Map(cut),
  });
}

/** Every combination, the first varying slowest. */
export function* combinations<T>(choices: readonly T[], length: number): Generator<readonly T[]> {
  if (length === 0) yield [];
  else for (const rest of combinations(choices, length - 1)) for (const choice of choices) yield [...rest, choice];
}

/** Everything that can stand at the address of an image, by its seal. */
export const IMAGE_STATES = ["absent", "bare", "sealed", "started", "spoiled", "unsealed", "building"] as const;

export type ImageState = (typeof IMAGE_STATES)[number];

const IMAGE_FACTS: Readonly<Record<ImageState, Partial<InstanceFacts>>> = {
  absent: {},
  bare: {},
  sealed: {},
  started: { status: "running" },
  spoiled: { status: "broken" },
  unsealed: { isProtected: false },
  building: { status: "running", isProtected: false },
};

export interface ImageWorld {
  readonly tools: ImageState;
  readonly golden: ImageState | "copy";
  readonly worker: SlotState;
}

/** Both images in any state beside an older golden one, and one worker. */
export function imageWorld(world: ImageWorld, spec: ResolvedSpec): FakeState {
  const { tools, golden } = imagesOf(spec);
  const objects = [imageObject(world.tools, tools), goldenObject(world.golden, golden, tools), oldGolden];
  const cut = [
    ...(world.tools === "bare" ? [[tools.name, TOOLS] as const] : []),
    ...(world.golden === "bare" || world.golden === "copy" ? [[golden.name, GOLDEN] as const] : []),
  ];
  const worker = slotObject(1, world.worker, golden);
  const there = [...objects, worker].filter((object) => object !== null);
  return stateOf(there, { unfinished: new Map(cut) });
}

function goldenObject(state: ImageWorld["golden"], golden: InstanceFacts, tools: InstanceFacts) {
  return state === "copy" ? copyOf(tools, golden.name) : imageObject(state, golden);
}

function imageObject(state: ImageState, image: InstanceFacts): InstanceFacts | null {
  if (state === "absent") return null;
  if (state === "bare") return bare(image.name);
  const marks = marksOf(image);
  if (marks === null) return image;
  const sealed = state === "unsealed" || state === "building" ? "" : marks.sealed;
  return { ...image, ...IMAGE_FACTS[state], marks: { kind: "marks", marks: { ...marks, sealed } } };
}
