import type { SpecKey } from "../resources/kind.js";
import { backKeys } from "./back-keys.js";
import { notYetKeys } from "./not-yet-keys.js";
import { secrets } from "./secrets-key.js";

/* Keys that belong to no resource kind. Those that later versions bring are in `not-yet-keys.ts`. */

export const project: SpecKey<string> = {
  key: "project",
  schema: {
    type: "string",
    pattern: "^[a-z][a-z0-9]*(-[a-z0-9]+)*$",
    maxLength: 31,
    expected: "a name of at most 31 lower-case letters, digits and single hyphens that begins with a letter",
  },
  description: "Name of the fleet: owner mark and name prefix of every object.",
  layer: "spec",
};

export const env: SpecKey<Readonly<Record<string, string>>> = {
  key: "env",
  schema: {
    type: "object",
    propertyNames: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", expected: "a name of letters, digits and _" },
    additionalProperties: { type: "string" },
    expected: "a table of strings",
  },
  fallback: {},
  description: "Plain, public environment for hooks and agents.",
  layer: "spec",
};

const script = { type: "string", minLength: 1, pattern: "\\S", expected: "a script that is not empty" } as const;

export const preRun: SpecKey<string | null> = {
  key: "hooks.pre_run",
  schema: script,
  description: "Script in the worker before an agent starts.",
  layer: "any",
};

export const checkHook: SpecKey<string | null> = {
  key: "hooks.check",
  schema: script,
  description: "Script in the worker after an agent, to prove the result.",
  layer: "any",
};

export const runTimeout: SpecKey<string> = {
  key: "run.timeout",
  schema: { type: "string", format: "duration" },
  fallback: "2h",
  description: "How long a run may take.",
  layer: "any",
};

export const runStuckAfter: SpecKey<string> = {
  key: "run.stuck_after",
  schema: { type: "string", format: "duration" },
  fallback: "10m",
  description: "After how long without progress a run counts as stuck.",
  layer: "any",
};

export const limitsCpus: SpecKey<number | null> = {
  key: "limits.cpus",
  schema: { type: "integer", minimum: 1 },
  description:
    "Most CPUs that all VMs of the project may have at once. Default: no limit, because CPUs are shared; a single worker never has more than the host.",
  layer: "any",
};

export const limitsMemory: SpecKey<string | null> = {
  key: "limits.memory",
  schema: { type: "string", format: "size", minSize: "1MiB" },
  description:
    "Most memory that all VMs of the project may have at once. Default: the host's, less a tenth (at least 1 GiB) and what other VMs have.",
  layer: "any",
};

export const limitsDisk: SpecKey<string | null> = {
  key: "limits.disk",
  schema: { type: "string", format: "size", minSize: "1MiB" },
  description:
    "Most that the disks of all workers together may grow to. Default: no limit, because disks are thin; what apply itself writes must be free.",
  layer: "any",
};

export const commonKeys: readonly SpecKey[] = [
  project,
  env,
  preRun,
  checkHook,
  secrets,
  runTimeout,
  runStuckAfter,
  limitsCpus,
  limitsMemory,
  limitsDisk,
  ...backKeys,
  ...notYetKeys,
];
