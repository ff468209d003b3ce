import { compareText } from "../util/compare.js";
import type { ImageRecord } from "../world/image-record.js";
import type { ImageChange } from "./image-documents.js";

type Values = Readonly<Record<string, string>>;

/** What differs between two images, by what was recorded at their seals. Sorted by part, then name. Pure. */
export function diffImages(before: ImageRecord, after: ImageRecord): readonly ImageChange[] {
  const of = (part: ImageChange["part"], read: (record: ImageRecord) => Values): readonly ImageChange[] =>
    compare(read(before), read(after)).map((change) => ({ part, ...change }));
  return [
    ...of("input", ({ inputs }) => inputs),
    ...of("base", ({ base }) => (base === null ? {} : textsOf(base))),
    ...of("commit", ({ commit }) => textsOf({ commit })),
    ...of("step", stepsOf),
    ...of("system", ({ os, kernel }) => ({ os, kernel })),
    ...of("package", packagesOf),
    ...of("build", ({ sealedAt, builtBy, resumed }) => ({
      ...{ "sealed at": sealedAt, ...builtBy },
      "times resumed": String(resumed.length),
    })),
  ];
}

/** Nothing that a worker would see. */
export const isEqual = (changes: readonly ImageChange[]): boolean => changes.every(({ part }) => part === "build");

const textsOf = (fields: object): Values =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
  );

/** A step's version, where it has one, else its key: a hook that changed is another step. */
const stepsOf = ({ steps }: ImageRecord): Values =>
  Object.fromEntries(
    steps.filter(({ name }) => name !== "push").map(({ name, version, key }) => [name, version ?? key.slice(0, 8)]),
  );

/** Several versions of one package (kernels, crates) stand side by side. */
function packagesOf({ packages }: ImageRecord): Values {
  const found = new Map<string, string>();
  for (const { sort, name, version, arch } of packages) {
    const key = `${sort} ${name}${arch === "" || arch === "all" ? "" : `:${arch}`}`;
    found.set(key, [found.get(key), version].filter((text) => text !== undefined).join(", "));
  }
  return Object.fromEntries(found);
}

function compare(before: Values, after: Values) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(compareText);
  return names.flatMap((name) => {
    const [old = null, now = null] = [before[name], after[name]];
    if (old === now) return [];
    const change = old === null ? "added" : now === null ? "removed" : "changed";
    return [{ name, change, before: old, after: now } as const];
  });
}
