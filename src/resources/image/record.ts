import type { BuildNote } from "../../world/build.js";
import type { BaseImage, BuiltBy, ImageRecord, ScanSummary } from "../../world/image-record.js";
import type { Marks } from "../../world/marks.js";
import { objectOf } from "../inputs.js";
import type { DriverStep } from "../kind.js";
import type { Inventory } from "./hygiene/inventory.js";

export interface SealFacts {
  readonly marks: Marks;
  readonly revision: string;
  readonly sealedAt: string;
  readonly note: BuildNote;
  readonly inventory: Inventory;
  readonly scan: ScanSummary;
  readonly builtBy: BuiltBy;
}

/** All that is known of an image at its seal, from the plan's step, the note of its build, and what was looked at. */
export function recordOf({ instance, address, inputs }: DriverStep, facts: SealFacts): ImageRecord {
  const { marks, revision, sealedAt, note, inventory, scan, builtBy } = facts;
  const planned = objectOf(inputs, "record");
  const texts = Object.entries(objectOf(planned, "inputs")).map(([name, digest]) => [name, String(digest)]);
  return {
    ...{ instance, address, revision, sealedAt, startedAt: note.startedAt, from: marks.image, builtBy },
    base: planned.base === null ? null : (objectOf(planned, "base") as unknown as BaseImage),
    commit: note.done.find(({ name }) => name === "push")?.version ?? null,
    inputs: Object.fromEntries(texts) as Readonly<Record<string, string>>,
    ...{ steps: note.done, resumed: note.resumed, usedBytes: note.usedBytes },
    ...{ os: inventory.os, kernel: inventory.kernel, packages: inventory.packages, scan },
  };
}
