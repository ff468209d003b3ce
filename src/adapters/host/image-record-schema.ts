/* What a record of an image is, for the validator. Types: `world/image-record.ts`, `world/build.ts`. */

const TEXT = { type: "string" } as const;
const TEXT_OR_NONE = { type: "string", nullable: true } as const;
const COUNT = { type: "integer", minimum: 0 } as const;
const COUNT_OR_NONE = { ...COUNT, nullable: true } as const;

const table = <T extends Readonly<Record<string, object>>>(properties: T) =>
  ({ type: "object", required: Object.keys(properties), properties }) as const;
const list = <T extends object>(items: T) => ({ type: "array", items }) as const;

const STEP_FIELDS = table({
  ...{ name: TEXT, key: TEXT, title: TEXT, startedAt: TEXT, elapsedMs: COUNT },
  ...{ version: TEXT_OR_NONE, source: TEXT_OR_NONE, log: TEXT_OR_NONE },
  ...{ downloadedBytes: COUNT, cachedBytes: COUNT, growthBytes: { type: "integer", nullable: true } },
});

/** Older records have no `indexBytes`. */
const STEP = { ...STEP_FIELDS, properties: { ...STEP_FIELDS.properties, indexBytes: COUNT } } as const;

export const IMAGE_RECORD_SCHEMA = table({
  ...{ instance: TEXT, address: TEXT, revision: TEXT, sealedAt: TEXT, startedAt: TEXT, from: TEXT },
  builtBy: table({ who: TEXT, limaform: TEXT, lima: TEXT }),
  base: { ...table({ location: TEXT, arch: TEXT, digest: TEXT_OR_NONE }), nullable: true },
  commit: TEXT_OR_NONE,
  inputs: { type: "object", required: [], additionalProperties: TEXT },
  steps: list(STEP),
  resumed: list(table({ at: TEXT, step: TEXT })),
  ...{ os: TEXT, kernel: TEXT },
  packages: list(table({ sort: TEXT, name: TEXT, version: TEXT, arch: TEXT })),
  scan: table({
    ...{ files: COUNT, elapsedMs: COUNT, passedCount: COUNT, notLookedFor: list(TEXT) },
    passed: list(table({ kind: TEXT, why: TEXT, path: TEXT })),
  }),
  usedBytes: COUNT_OR_NONE,
});
