import type { Json, JsonObject } from "../../util/json.js";
import type { StepDraft } from "../kind.js";
import type { ImageEntry } from "./entry.js";

/** A file that the first instance of an image chain is made of. */
export interface BaseFile {
  readonly what: "base image" | "kernel" | "initrd";
  /** URL or path, as the entry has it. */
  readonly location: string;
}

export function baseFiles({ location, kernel, initrd }: Pick<ImageEntry, "location" | "kernel" | "initrd">) {
  const files = { "base image": location, kernel, initrd };
  return Object.entries(files).flatMap(([what, place]) =>
    place === null ? [] : [{ what: what as BaseFile["what"], location: place } satisfies BaseFile],
  );
}

/** What limactl needs for these steps: nothing where no instance is made of a base image. */
export function baseFilesOf(steps: readonly Pick<StepDraft, "verb" | "inputs">[]): readonly BaseFile[] {
  return steps.flatMap(({ verb, inputs }) => {
    const template = verb === "create" ? inputs.template : null;
    const entry = isTable(template) ? template.entry : null;
    return isTable(entry) ? baseFiles(entry as unknown as ImageEntry) : [];
  });
}

const isTable = (value: Json | undefined): value is JsonObject => typeof value === "object" && value !== null;
