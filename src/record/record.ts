import { compareText } from "../util/compare.js";
import type { Json } from "../util/json.js";
import { RECORD_FILE } from "./files.js";
import { type Fields, isCount, isFields, isText, parseJson, refuseNewer } from "./narrow.js";

export const RECORD_FORMAT = "limaform.record";
export const RECORD_VERSION = 1;

/**
 * What the last apply left: a cache for drift and estimates. Losing it never makes an apply wrong.
 *
 * Shape: `addresses` holds what was observed after a step, never a wish; `appliedPlans` newest last.
 * Source: design page §1 "record"; engine reference §3.
 */
export interface AppliedRecord {
  readonly format: typeof RECORD_FORMAT;
  readonly version: typeof RECORD_VERSION;
  /** Version of the limaform that wrote it. */
  readonly engine: string;
  readonly project: string;
  readonly owner: string;
  readonly ownerPath: string;
  readonly specDigest: string;
  /** How many workers the last apply was to leave; null = not known. */
  readonly workers: number | null;
  readonly addresses: Readonly<Record<string, RecordedObject>>;
  /** Milliseconds the last such step took: `create:worker` for all slots, `create:image.tools` where there are none. */
  readonly lastDurations: Readonly<Record<string, number>>;
  /** Digests of saved plans that have been applied: each may be applied once. */
  readonly appliedPlans: readonly string[];
  /** ISO time of the last write. */
  readonly at: string;
}

export interface RecordedObject {
  readonly instance: string;
  readonly revision: string | null;
}

/** A record, or none with the reason why the file was not used. */
export interface RecordReading {
  readonly record: AppliedRecord | null;
  readonly notices: readonly string[];
}

/** Text of the file; equal records give equal bytes. */
export function encodeRecord(record: AppliedRecord): string {
  const sorted = (fields: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(fields).sort(([left], [right]) => compareText(left, right)));
  const { addresses, lastDurations } = record;
  return `${JSON.stringify({ ...record, addresses: sorted(addresses), lastDurations: sorted(lastDurations) }, null, 2)}\n`;
}

/**
 * Reads the file's text; null where there is no file.
 *
 * Shape: a damaged record counts as lost, with a notice: it is rebuilt by the next apply.
 * Errors: STORE_NEWER_FORMAT.
 */
export function decodeRecord(text: string | null): RecordReading {
  if (text === null) return { record: null, notices: [] };
  const value = parseJson(text);
  if (isFields(value)) refuseNewer(RECORD_FILE, { version: value.version, engine: value.engine }, RECORD_VERSION);
  const record = isFields(value) ? narrow(value) : null;
  if (record !== null) return { record, notices: [] };
  return {
    record: null,
    notices: [`${RECORD_FILE} is damaged and is left aside; the next apply writes it anew`],
  };
}

function narrow(fields: Fields): AppliedRecord | null {
  const { engine, project, owner, ownerPath, specDigest, workers, at } = fields;
  const addresses = recordOf(fields.addresses, objectOf);
  const lastDurations = recordOf(fields.lastDurations, (value) => (isCount(value) ? value : null));
  const { appliedPlans } = fields;
  if (fields.format !== RECORD_FORMAT || fields.version !== RECORD_VERSION) return null;
  if (!isText(engine) || !isText(project) || !isText(owner) || !isText(ownerPath) || !isText(specDigest)) return null;
  if (!isText(at) || !(workers === null || isCount(workers)) || addresses === null || lastDurations === null)
    return null;
  if (!Array.isArray(appliedPlans) || !appliedPlans.every(isText)) return null;
  return {
    format: RECORD_FORMAT,
    version: RECORD_VERSION,
    engine,
    project,
    owner,
    ownerPath,
    specDigest,
    workers,
    addresses,
    lastDurations,
    appliedPlans,
    at,
  };
}

function objectOf(value: unknown): RecordedObject | null {
  if (!isFields(value) || !isText(value.instance)) return null;
  const { instance, revision } = value;
  return revision === null || isText(revision) ? { instance, revision } : null;
}

/** All fields narrowed, or null if one is not what it should be. */
function recordOf<T extends Json | RecordedObject>(
  value: unknown,
  narrowField: (field: unknown) => T | null,
): Readonly<Record<string, T>> | null {
  if (!isFields(value)) return null;
  const fields: [string, T][] = [];
  for (const [key, field] of Object.entries(value)) {
    const narrowed = narrowField(field);
    if (narrowed === null) return null;
    fields.push([key, narrowed]);
  }
  return Object.fromEntries(fields);
}
