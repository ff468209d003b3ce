import type { AppliedSize } from "../world/marks.js";
import type { InstanceFacts, World } from "../world/world.js";
import type { Step } from "./document.js";
import { type ByNumber, numberOf, type Touched } from "./touched.js";

const GIB = 1024 ** 3;
/** Logs, keys, caches and package lists of a first boot. */
const FIRST_BOOT = GIB / 4;
/** A copied disk holds an operating system and tools; how much of it is there nobody asks for each plan. */
const PLAIN_COPY = 4 * GIB;
const NEW_IMAGE = 2 * GIB;
const IMAGE_LAYER = GIB;

/** Bytes that a step puts on the disk of this host. */
export function writtenBy(
  { verb, inputs }: Step,
  size: AppliedSize | undefined,
  cloneMethod: World["host"]["cloneMethod"],
): number {
  if (verb !== "create") return 0;
  const most = size?.diskBytes ?? Number.POSITIVE_INFINITY;
  const copy = cloneMethod === "full" && inputs.source !== null ? PLAIN_COPY : 0;
  const own = inputs.source === null ? NEW_IMAGE : inputs.size === undefined ? IMAGE_LAYER : FIRST_BOOT;
  return Math.min(most, copy + own);
}

/** Only workers keep what they write; an image is what it is once it is sealed. */
export function growth(
  steps: readonly Step[],
  ours: readonly InstanceFacts[],
  { touched, sizes }: { readonly touched: Touched; readonly sizes: ByNumber<AppliedSize> },
): number {
  const { numbers } = touched;
  // By number. One that is made anew under its name is made, whatever goes before.
  const ends = new Array<"made" | "gone" | null>(numbers.size).fill(null);
  let bytes = 0;
  steps.forEach(({ verb, inputs }, place) => {
    const number = numberOf(touched, place);
    if (verb === "delete") ends[number] ??= "gone";
    if (verb !== "create" || inputs.size === undefined || ends[number] === "made") return;
    ends[number] = "made";
    bytes += sizes[number]?.diskBytes ?? 0;
  });
  for (const { name, marks, diskBytes } of ours) {
    if (marks.kind !== "marks" || marks.marks.applied === null) continue;
    const number = numbers.get(name) ?? -1;
    if ((ends[number] ?? null) === null) bytes += sizes[number]?.diskBytes ?? diskBytes;
  }
  return bytes;
}
