import { BugError } from "../errors/errors.js";
import type { Json, JsonObject } from "../util/json.js";
import type { Marks } from "../world/marks.js";
import type { DriverStep } from "./kind.js";

/*
 * Reading the inputs of a step. They come from a plan, which may have been a file: what is not as planned is a defect or
 * a forged plan, and both stop the step before it acts.
 */

export function textOf(inputs: JsonObject, key: string): string {
  const value = inputs[key];
  if (typeof value !== "string") throw new BugError(`the plan's step has no text "${key}"`);
  return value;
}

export function textOrNull(inputs: JsonObject, key: string): string | null {
  return inputs[key] === null || inputs[key] === undefined ? null : textOf(inputs, key);
}

export function textsOf(inputs: JsonObject, key: string): readonly string[] {
  const value = inputs[key];
  const isList = Array.isArray(value) && value.every((item) => typeof item === "string");
  if (!isList) throw new BugError(`the plan's step has no list of texts "${key}"`);
  return value;
}

export function numberOf(inputs: JsonObject, key: string): number {
  const value = inputs[key];
  if (typeof value !== "number") throw new BugError(`the plan's step has no number "${key}"`);
  return value;
}

export function objectOf(inputs: JsonObject, key: string): JsonObject {
  const value: Json | undefined = inputs[key];
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new BugError(`the plan's step has no object "${key}"`);
  }
  return value as JsonObject;
}

export function sizeIn(inputs: JsonObject) {
  const size = objectOf(inputs, "size");
  return {
    cpus: numberOf(size, "cpus"),
    memoryBytes: numberOf(size, "memoryBytes"),
    diskBytes: numberOf(size, "diskBytes"),
  };
}

/** The marks that a clone or create writes; they must be about the step's own instance. */
export function marksIn(step: DriverStep): Marks {
  const marks = objectOf(step.inputs, "marks") as unknown as Marks;
  if (marks.name !== step.instance || marks.address !== step.address) {
    throw new BugError(`the plan's marks for ${step.instance} are about ${marks.name} at ${marks.address}`);
  }
  return marks;
}
