import { basename, dirname } from "node:path";
import type { DefaultContext, Origin, ResolvedSpec, SpecKey } from "../resources/kind.js";
import { compareText } from "../util/compare.js";
import type { Json, JsonObject } from "../util/json.js";
import { type PlacedDiagnostic, showDiagnostic, specError } from "./diagnostic.js";
import { type Environment, readEnvironmentLayer } from "./environment-layer.js";
import { readFileLayer } from "./file-layer.js";
import { readFlagLayer } from "./flag-layer.js";
import type { Layer, Setting } from "./layer.js";

export interface ResolveInput {
  /** Absolute path of the spec file. */
  readonly file: string;
  readonly text: string;
  /** Absolute path of the user's defaults, whether it is there or not. */
  readonly defaultsFile: string;
  readonly defaultsText: string | null;
  readonly env: Environment;
  /** By dotted key. */
  readonly flags: Readonly<Record<string, Json>>;
  readonly projectFlag: string | null;
  /** The command that looks at this spec again, where it is not `limaform validate`. */
  readonly validate?: string;
  readonly context: Omit<DefaultContext, "project">;
  /** Of all kinds, and the common ones. */
  readonly keys: readonly SpecKey[];
}

export interface Resolved {
  readonly spec: ResolvedSpec;
  /** One sentence each, with its place. */
  readonly warnings: readonly string[];
}

/**
 * The spec with all its defaults, and where each value comes from.
 *
 * Shape: `values` and `origins` have the same keys, sorted; keys without value and default are null. Keys that are not
 * supported yet are there only with their defaults.
 * Errors: SPEC_INVALID with every problem of every source at once (alone: text that is no TOML).
 */
export function resolveSpec(input: ResolveInput): Resolved {
  const layers = readLayers(input);
  const unreadable = layers.filter((layer) => layer.isUnreadable);
  if (unreadable.length > 0)
    throw specError(
      unreadable.flatMap((layer) => layer.diagnostics),
      input.validate,
    );
  const settings = new Map(layers.flatMap((layer) => layer.settings).map((setting) => [setting.key.key, setting]));
  const wrong = new Set(layers.flatMap((layer) => layer.wrong));
  const project = settings.get("project")?.value;
  const spec = merge(input, settings, typeof project === "string" ? project : "");
  const findings = checkAcross(settings, wrong, spec.values);
  const problems = [
    ...layers.flatMap((layer) => layer.diagnostics),
    ...(project === undefined && !wrong.has("project") ? [projectMissing(input)] : []),
    ...findings.filter(({ severity }) => severity === "error").map(({ diagnostic }) => diagnostic),
  ];
  if (problems.length > 0) throw specError(problems, input.validate);
  const spoken = findings.map(({ diagnostic }) => showDiagnostic(diagnostic));
  return { spec, warnings: [...layers.flatMap((layer) => layer.warnings), ...spoken] };
}

/** In the order in which they win: later ones over earlier ones. */
function readLayers(input: ResolveInput): readonly Layer[] {
  const { file, defaultsFile, keys } = input;
  const flags = input.projectFlag === null ? input.flags : { ...input.flags, project: input.projectFlag };
  return [
    ...(input.defaultsText === null
      ? []
      : [
          readFileLayer(
            { layer: "user-defaults", file: defaultsFile, label: defaultsFile, text: input.defaultsText },
            keys,
          ),
        ]),
    readFileLayer({ layer: "spec", file, label: basename(file), text: input.text }, keys),
    readEnvironmentLayer(input.env, keys),
    readFlagLayer(flags, keys),
  ];
}

function merge(input: ResolveInput, settings: ReadonlyMap<string, Setting>, project: string): ResolvedSpec {
  const values: Record<string, Json> = {};
  const origins: Record<string, Origin> = {};
  for (const key of [...input.keys].sort((left, right) => compareText(left.key, right.key))) {
    const setting = settings.get(key.key);
    if (setting === undefined && key.notYet && key.fallback === undefined) continue;
    values[key.key] = setting?.value ?? fallbackOf(key, { ...input.context, project });
    origins[key.key] = setting?.origin ?? { layer: "default" };
  }
  return { file: input.file, root: dirname(input.file), values, origins };
}

function fallbackOf({ fallback }: SpecKey, context: DefaultContext): Json {
  return typeof fallback === "function" ? fallback(context) : (fallback ?? null);
}

interface PlacedFinding {
  readonly severity: "error" | "warning";
  readonly diagnostic: PlacedDiagnostic;
}

/** The keys' own checks, on values that fit their schemas; a wrong value is not held against others. */
function checkAcross(
  settings: ReadonlyMap<string, Setting>,
  wrong: ReadonlySet<string>,
  all: JsonObject,
): readonly PlacedFinding[] {
  const values = Object.fromEntries(Object.entries(all).filter(([name]) => !wrong.has(name)));
  return [...settings.values()]
    .filter(({ key }) => !wrong.has(key.key))
    .flatMap(({ key, value, locate }) =>
      (key.check?.(value, values) ?? []).map(({ severity, code = "SPEC_RULE", path = [], text, hint }) => ({
        severity,
        diagnostic: locate({ code, path: [...key.key.split("."), ...path], at: "value", text, hint }),
      })),
    );
}

function projectMissing({ file }: ResolveInput): PlacedDiagnostic {
  return {
    code: "SPEC_MISSING_KEY",
    file,
    label: basename(file),
    line: 1,
    column: 1,
    message: "project is missing",
    hint: 'write project = "my-app" at the top',
    order: 0,
  };
}
