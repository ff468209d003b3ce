import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { claimIn } from "../../record/marks-codec.js";
import type { ClaimedMarks } from "../../world/world.js";
import { type Fields, fieldsAt, isFields } from "./fields.js";
import { codeOf } from "./fs-errors.js";
import type { KnownYaml } from "./known-yaml.js";
import { takeMarks, withMarks } from "./own-marks.js";

/** What stands in an instance's own `lima.yaml`, before Lima merges anything into it. */
export type RawConfig =
  | { readonly kind: "config"; readonly fields: Fields }
  | { readonly kind: "absent" }
  /** `claim`: what its lines seem to say all the same. */
  | { readonly kind: "unreadable"; readonly text: string; readonly claim?: ClaimedMarks };

interface Cached {
  readonly key: string;
  readonly config: RawConfig;
}

/**
 * Reads raw files, and again only those whose inode, size or modification time changed.
 *
 * Without waiting: of hundreds of small local files each takes microseconds, and a turn through the pool of threads ten times that.
 */
export interface RawConfigReader {
  /** The `lima.yaml` of an instance's folder. */
  read(instanceDir: string): RawConfig;
  /** Any YAML file that holds a mapping. */
  readFile(path: string): RawConfig;
}

/** `known`: what earlier commands parsed; null = all is parsed. */
export function createRawConfigReader(known: Pick<KnownYaml, "find" | "note"> | null = null): RawConfigReader {
  const cache = new Map<string, Cached>();
  const parseRaw = createParser(known);
  const readOne = (path: string): RawConfig => {
    try {
      const found = statSync(path, { bigint: true });
      // To open a pipe would wait for whoever writes into it.
      if (!found.isFile()) return { kind: "unreadable", text: `${path} is no file` };
      const key = `${found.ino}:${found.size}:${found.mtimeNs}`;
      const cached = cache.get(path);
      if (cached?.key === key) return cached.config;
      const config = parseRaw(readFileSync(path, "utf8"), path);
      cache.set(path, { key, config });
      return config;
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
      if (code === null) throw error;
      return { kind: "unreadable", text: `${path} cannot be read (${code})` };
    }
  };
  return { readFile: readOne, read: (instanceDir) => readOne(join(instanceDir, "lima.yaml")) };
}

/** Clones of an image differ in little but their marks, and YAML takes long to parse: the rest is parsed once. */
function createParser(known: Pick<KnownYaml, "find" | "note"> | null): (text: string, path: string) => RawConfig {
  const rests = new Map<string, RawConfig>();
  const restOf = (text: string, path: string): RawConfig => {
    const fields = known?.find(text) ?? null;
    if (fields !== null) return { kind: "config", fields };
    const config = parseWhole(text, path);
    if (config.kind === "config") known?.note(text, config.fields);
    return config;
  };
  return (text, path) => {
    const marked = takeMarks(text);
    if (marked === null) return parseWhole(text, path);
    const rest = rests.get(marked.rest) ?? restOf(marked.rest, path);
    rests.set(marked.rest, rest);
    const fields = rest.kind === "config" ? withMarks(rest.fields, marked.marks) : null;
    return fields === null ? parseWhole(text, path) : { kind: "config", fields };
  };
}

/** `logLevel`: what is silent leaves out what it cannot parse, and gives the rest as if that were all. */
const STRICTLY = { logLevel: "error", maxAliasCount: 100 } as const;

function parseWhole(text: string, path: string): RawConfig {
  try {
    const value: unknown = parse(text, STRICTLY);
    if (isFields(value)) return { kind: "config", fields: withTextParams(value, text) };
    return { kind: "unreadable", text: `${path} holds no mapping`, claim: claimIn(text) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    // A picture of the place follows, behind a colon.
    const why = error.message.split("\n")[0]?.replace(/:$/u, "") ?? "";
    return { kind: "unreadable", text: `${path} is no valid YAML: ${why}`, claim: claimIn(text) };
  }
}

/**
 * Values under `param` are text to Lima, whatever they look like. Its `edit` quotes what Go's YAML would read as a number;
 * `37396596e474`, a digest as good as any, is none there (too large) and stays bare, and is one here.
 */
function withTextParams(fields: Fields, text: string): Fields {
  const { param } = fields;
  if (!isFields(param) || Object.values(param).every((value) => typeof value === "string")) return fields;
  const asText: unknown = parse(text, { ...STRICTLY, schema: "failsafe" });
  return isFields(asText) ? { ...fields, param: fieldsAt(asText, "param") } : fields;
}
