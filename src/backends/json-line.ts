import type { Json, JsonObject } from "../util/json.js";

/** One line of JSON Lines; null where it is no object (a warning, half a line). */
export function parseObject(line: string): JsonObject | null {
  if (!line.trimStart().startsWith("{")) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Fields of a machine's word that may hold anything: what is of another type counts as absent. */
export const objectAt = (value: JsonObject | null, key: string): JsonObject | null => {
  const found = value?.[key];
  return isObject(found) ? found : null;
};

export const objectsAt = (value: JsonObject | null, key: string): readonly JsonObject[] => {
  const found: Json | undefined = value?.[key];
  return Array.isArray(found) ? found.filter(isObject) : [];
};

export const textAt = (value: JsonObject | null, key: string): string => {
  const found = value?.[key];
  return typeof found === "string" ? found : "";
};

/** Finite and not negative, else 0: a count that is nonsense must not spoil a sum. */
export const countAt = (value: JsonObject | null, key: string): number => {
  const found = value?.[key];
  return typeof found === "number" && Number.isFinite(found) && found >= 0 ? found : 0;
};
