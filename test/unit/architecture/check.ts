import { effectsOf } from "./effects.js";
import {
  AREA_RULES,
  type AreaRule,
  EDGE_RULES,
  EFFECT_HOMES,
  type Grant,
  type HomeRule,
  NODE_HOMES,
  PACKAGE_HOMES,
} from "./rules.js";
import type { Import, SourceFile } from "./source-files.js";

/** True where a path from `src/` lies under a pattern: a prefix, or a whole path; `*` stands for one name. */
export function fits(path: string, pattern: string): boolean {
  const text = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]+");
  return new RegExp(`^${text}${pattern.endsWith(".ts") || pattern.endsWith(".json") ? "$" : ""}`).test(path);
}

export function areaOf(path: string): AreaRule | undefined {
  return AREA_RULES.find((rule) => fits(path, rule.area));
}

/** All breaches as lines that name file, line, what it imports, and why not. */
export function breaches(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap((file) => [
    ...file.imports.flatMap((item) => (item.isOurs ? ours(file, item) : foreign(file, item))),
    ...effectBreaches(file),
  ]);
}

function ours(file: SourceFile, item: Import): readonly string[] {
  const rule = areaOf(file.path);
  if (rule === undefined) return [`${file.path}: lies in no area: give its folder a rule`];
  const grants = rule.may.map((entry): Grant => (typeof entry === "string" ? { to: entry } : entry));
  const fitting = grants.filter((grant) => fits(item.target, grant.to));
  const isAllowed = fitting.some((grant) => grant.only === undefined || item.isType);
  const what = fitting.length > 0 ? `${item.target} as a value (types are allowed)` : item.target;
  const area = isAllowed ? [] : [breach(file, item.line, what, rule.because)];
  const edges = EDGE_RULES.filter((edge) => edge.to === item.target && !item.isType)
    .filter((edge) => !edge.onlyFrom.some((from) => fits(file.path, from)))
    .map((edge) => breach(file, item.line, item.target, edge.because));
  return [...area, ...edges, ...betweenKinds(file, item)];
}

const kindOf = (path: string): string | null => /^resources\/([^/]+)\//.exec(path)?.[1] ?? null;

function betweenKinds(file: SourceFile, item: Import): readonly string[] {
  const [from, to] = [kindOf(file.path), kindOf(item.target)];
  if (from === null || to === null || from === to) return [];
  return [breach(file, item.line, item.target, "kinds meet through addresses and outputs, one never imports another")];
}

function foreign(file: SourceFile, item: Import): readonly string[] {
  const homes = item.target.startsWith("node:") ? NODE_HOMES : PACKAGE_HOMES;
  const rule = homes.find((home) =>
    home.name.endsWith("/") ? item.target.startsWith(home.name) : item.target === home.name,
  );
  if (rule === undefined) return [breach(file, item.line, item.target, "it has no home: give it a row and a reason")];
  if (isHome(rule, file.path) || (item.isType && rule.typesAnywhere === true)) return [];
  return [breach(file, item.line, item.target, `${rule.because}; its home: ${rule.homes.join(", ")}`)];
}

function effectBreaches(file: SourceFile): readonly string[] {
  return effectsOf(file.path, file.text).flatMap((effect) => {
    const rule = EFFECT_HOMES.find((home) => home.name === effect.name);
    if (rule === undefined || isHome(rule, file.path)) return [];
    return [
      `${file.path}:${effect.line}: ${effect.code} (${effect.name}): ${rule.because}; its home: ${rule.homes.join(", ")}`,
    ];
  });
}

const isHome = (rule: HomeRule, path: string): boolean => rule.homes.some((home) => fits(path, home));

const breach = (file: SourceFile, line: number, what: string, because: string): string =>
  `${file.path}:${line}: may not import ${what}: ${because}`;

/** Files of the pure half of a kind (all that `rules.ts` reaches in `resources/`) that know the ports of drivers. */
export function impureRules(files: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const queue = files.filter((file) => /^resources\/[^/]+\/rules\.ts$/.test(file.path)).map((file) => file.path);
  const seen = new Set(queue);
  for (const path of queue) {
    for (const item of byPath.get(path)?.imports ?? []) {
      if (!item.isOurs || item.isType || !item.target.startsWith("resources/") || seen.has(item.target)) continue;
      seen.add(item.target);
      queue.push(item.target);
    }
  }
  const acts = (path: string) =>
    path.endsWith("/driver.ts") ||
    (byPath.get(path)?.imports.some((item) => item.target === "resources/driver-ports.ts") ?? false);
  return queue
    .filter(acts)
    .map((path) => `${path}: reached from a kind's rules, but drives: planning is given no effect`);
}

/** Cycles between files, each as its path. Types do not count: a part may name the context that its whole hands it. */
export function cycles(files: readonly SourceFile[]): readonly string[] {
  const values = (file: SourceFile) => file.imports.filter((item) => item.isOurs && !item.isType);
  const next = new Map(files.map((file) => [file.path, values(file).map((item) => item.target)]));
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) found.push([...trail.slice(at), path].join(" → "));
    if (at !== -1 || done.has(path)) return;
    for (const target of next.get(path) ?? []) walk(target, [...trail, path]);
    done.add(path);
  };
  for (const file of files) walk(file.path, []);
  return found;
}
