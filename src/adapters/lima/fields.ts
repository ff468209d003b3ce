/* Reading values of unknown shape: limactl's JSON and YAML files are outside input. */

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsAt(value: Fields, key: string): Fields {
  const found = value[key];
  return isFields(found) ? found : {};
}

export function textAt(value: Fields, key: string): string {
  const found = value[key];
  return typeof found === "string" ? found : "";
}

export function numberAt(value: Fields, key: string): number {
  const found = value[key];
  return typeof found === "number" && Number.isFinite(found) ? found : 0;
}

export function listAt(value: Fields, key: string): readonly unknown[] {
  const found = value[key];
  return Array.isArray(found) ? found : [];
}

/** Lima writes an absent value as nothing, null, "", {} or [], depending on the way it took. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isFields(value) && Object.values(value).every(isEmpty);
}
