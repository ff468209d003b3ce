import type { Json, JsonObject } from "../../util/json.js";
import { quoteText } from "../../util/quote.js";
import type { SpecFinding, SpecKey } from "../kind.js";

/* The keys of the spec that belong to workers. Source: docs/spec-reference.md (generated from here). */

export const workers: SpecKey<number> = {
  key: "workers",
  schema: { type: "integer", minimum: 0, maximum: 500 },
  fallback: 1,
  description: "How many workers, in slots 1 to N.",
  layer: "any",
};

export const vmCpus: SpecKey<number> = {
  key: "vm.cpus",
  schema: { type: "integer", minimum: 1, maximum: 256 },
  fallback: ({ hostCpus }) => Math.max(1, Math.min(4, hostCpus)),
  description: "CPUs per worker, changed in place. Default: 4, or all of a smaller host.",
  layer: "any",
};

export const vmMemory: SpecKey<string> = {
  key: "vm.memory",
  schema: { type: "string", format: "size", minSize: "256MiB" },
  fallback: "4GiB",
  description: "Memory per worker, changed in place.",
  layer: "any",
};

export const vmDisk: SpecKey<string> = {
  key: "vm.disk",
  schema: { type: "string", format: "size", minSize: "1MiB" },
  fallback: "30GiB",
  description: "Disk per worker; can only grow.",
  layer: "any",
};

export const rolloutSurge: SpecKey<number> = {
  key: "rollout.surge",
  schema: { type: "integer", minimum: 0, maximum: 500 },
  fallback: 0,
  description: "How many workers more than wanted may exist during a rolling replacement.",
  layer: "any",
  check: (surge, { workers: wanted }) => notAboveWorkers("rollout.surge", surge, wanted),
};

export const rolloutUnavailable: SpecKey<number> = {
  key: "rollout.unavailable",
  schema: { type: "integer", minimum: 0, maximum: 500 },
  fallback: 1,
  description: "How many workers may be away during a rolling replacement.",
  layer: "any",
  check: (unavailable, values) => [
    ...notAboveWorkers("rollout.unavailable", unavailable, values.workers),
    ...notBothZero(unavailable, values),
  ],
};

export const workPaths: SpecKey<readonly string[]> = {
  key: "work.paths",
  schema: { type: "array", items: { type: "string", minLength: 1 } },
  fallback: [],
  description: "Folders of a worker outside the repository that hold work too: absolute, or below the home folder.",
  layer: "any",
  check: (paths) => paths.flatMap(checkWorkPath),
};

export const workerKeys: readonly SpecKey[] = [
  ...[workers, vmCpus, vmMemory, vmDisk, rolloutSurge, rolloutUnavailable, workPaths],
];

function checkWorkPath(path: string, index: number): readonly SpecFinding[] {
  const isPlain = /^(~|)\/./s.test(path) && !path.split("/").some((part) => part === ".." || part === ".");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (isPlain && !/[\u0000-\u001f\u007f]/.test(path)) return [];
  return [
    {
      severity: "error",
      code: "SPEC_INVALID_VALUE",
      path: [index],
      text: `work.paths: expected a folder of the guest, absolute or below "~/", found the string ${quoteText(path)}`,
      hint: 'write paths such as "~/notes" or "/srv/data"',
    },
  ];
}

/** Without workers the limits mean nothing; the default of `rollout.unavailable` then stands above them. */
function notAboveWorkers(key: string, limit: number, wanted: Json | undefined): readonly SpecFinding[] {
  if (typeof wanted !== "number" || wanted === 0 || limit <= wanted) return [];
  return [
    {
      severity: "error",
      code: "SPEC_OUT_OF_RANGE",
      text: `${key}: expected at most workers (${wanted}), found the integer ${limit}`,
      hint: `set ${key} to ${wanted} or less, or raise workers`,
    },
  ];
}

function notBothZero(unavailable: number, { "rollout.surge": surge }: JsonObject): readonly SpecFinding[] {
  if (unavailable !== 0 || surge !== 0) return [];
  return [
    {
      severity: "error",
      text: "rollout.surge and rollout.unavailable are both 0: no worker could ever be replaced",
      hint: "set one of them to at least 1",
    },
  ];
}
