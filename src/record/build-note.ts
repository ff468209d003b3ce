import type { BegunStep, BuildNote, DoneStep } from "../world/build.js";
import { type Fields, isCount, isFields, isText } from "./narrow.js";

/** Reads the note of a build; null where any part of it is not as this limaform writes it: then nothing is resumed. */
export function decodeBuildNote(value: unknown): BuildNote | null {
  if (!isFields(value)) return null;
  const { origin, startedAt, begun, done, resumed, usedBytes } = value;
  if (!isText(origin) || !isText(startedAt)) return null;
  if (!Array.isArray(done) || !Array.isArray(resumed) || !isBytes(usedBytes)) return null;
  const steps = allOf(done, doneStep);
  const returns = allOf(resumed, resumption);
  const current = begun === null ? null : begunStep(begun);
  if (steps === null || returns === null || (begun !== null && current === null)) return null;
  return { origin, startedAt, begun: current, done: steps, resumed: returns, usedBytes };
}

function allOf<T>(values: readonly unknown[], read: (value: unknown) => T | null): readonly T[] | null {
  const found = values.map(read);
  return found.every((item) => item !== null) ? found : null;
}

function begunStep(value: unknown): BegunStep | null {
  if (!isFields(value)) return null;
  const { name, key, startedAt } = value;
  return isText(name) && isText(key) && isText(startedAt) ? { name, key, startedAt } : null;
}

function doneStep(value: unknown): DoneStep | null {
  const begun = begunStep(value);
  if (begun === null || !isFields(value)) return null;
  const { title, elapsedMs, downloadedBytes, cachedBytes, growthBytes } = value;
  // Notes of before counted indexes as files.
  const indexBytes = value.indexBytes ?? 0;
  if (!isText(title) || !isCount(elapsedMs)) return null;
  if (!isCount(downloadedBytes) || !isCount(indexBytes) || !isCount(cachedBytes)) return null;
  if (growthBytes !== null && !Number.isSafeInteger(growthBytes)) return null;
  return {
    ...begun,
    ...{ title, elapsedMs, downloadedBytes, indexBytes, cachedBytes, growthBytes: growthBytes as number | null },
    ...{ version: textOrNull(value, "version"), source: textOrNull(value, "source"), log: textOrNull(value, "log") },
  };
}

function resumption(value: unknown): BuildNote["resumed"][number] | null {
  if (!isFields(value)) return null;
  const { at, step } = value;
  return isText(at) && isText(step) ? { at, step } : null;
}

const isBytes = (value: unknown): value is number | null => value === null || isCount(value);

function textOrNull(fields: Fields, key: string): string | null {
  const value = fields[key];
  return isText(value) ? value : null;
}
