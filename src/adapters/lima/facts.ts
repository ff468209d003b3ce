import { join } from "node:path";
import { decodeMarks } from "../../record/marks-codec.js";
import { escapeLine } from "../../util/escape.js";
import type { BuildNote } from "../../world/build.js";
import type { InstanceFacts, InstanceStatus, MarksReading } from "../../world/world.js";
import { checkClosed, type MergedFile } from "./closed.js";
import { type Fields, fieldsAt, numberAt, textAt } from "./fields.js";
import type { InstanceNotes } from "./instance-files.js";
import type { ListedInstance } from "./listing-line.js";
import { hostnameOf } from "./names.js";
import type { RawConfig } from "./raw-config.js";

export interface InstanceSources {
  readonly name: string;
  readonly dir: string;
  /** null where limactl did not list the folder. */
  readonly listed: ListedInstance | null;
  readonly raw: RawConfig;
  readonly notes: InstanceNotes;
  readonly merged: readonly MergedFile[];
  /** Whether its disk file is there. */
  readonly hasDisk: boolean;
  /** How a sealed disk differs from what the seal noted; null where it does not, or nothing was sealed. */
  readonly diskChange: string | null;
  /** How an image was built; null for workers, and where it is not noted. */
  readonly build: BuildNote | null;
}

/** Facts of one instance from all that was read about it. Pure. */
export function instanceFacts(sources: InstanceSources): InstanceFacts {
  const { name, dir, raw } = sources;
  const listed = sources.listed?.fields ?? {};
  const config = fieldsAt(listed, "config");
  const rawFields = raw.kind === "config" ? raw.fields : {};
  const isResolved = listed.config !== undefined;
  return {
    name,
    dir,
    status: statusOf(sources),
    errors: (sources.listed?.errors ?? []).map(escapeLine),
    hasConfig: raw.kind !== "absent",
    marks: marksOf(raw, listed, isResolved),
    vmType: textAt(listed, "vmType"),
    arch: textAt(listed, "arch"),
    cpus: numberAt(listed, "cpus"),
    memoryBytes: numberAt(listed, "memory"),
    diskBytes: numberAt(listed, "disk"),
    hostname: textAt(listed, "hostname") || hostnameOf(name),
    isProtected: listed.protected === true,
    openConfig: isResolved
      ? checkClosed({ resolved: config, raw: rawFields, rawPath: join(dir, "lima.yaml"), merged: sources.merged })
      : [],
    readyAt: sources.notes.readyAt,
    lastPush: sources.notes.lastPush,
    ...damageOf(sources),
    ...(sources.diskChange === null ? {} : { diskChange: sources.diskChange }),
    ...(sources.build === null ? {} : { build: sources.build }),
  };
}

/** Facts about an instance whose configuration is there: a bare folder has no disk either. */
function damageOf({ raw, hasDisk, notes }: InstanceSources): Pick<InstanceFacts, "damage"> {
  if (raw.kind !== "config") return {};
  if (!hasDisk) return { damage: { code: "disk_lost", text: "its disk is gone" } };
  if (notes.repairFailed === null) return {};
  return {
    damage: { code: "repair_failed", text: `it did not come back when it was repaired (${notes.repairFailed})` },
  };
}

/** Why an instance counts as unreadable, in words; null for one that was read. */
export function unreadableBecause(sources: InstanceSources): string | null {
  if (sources.raw.kind === "unreadable") return sources.raw.text;
  if (sources.listed === null) return "limactl did not list it";
  if (sources.raw.kind === "config" && sources.listed.fields.config === undefined) {
    return escapeLine(sources.listed.errors[0] ?? "limactl could not read its configuration");
  }
  return null;
}

function statusOf(sources: InstanceSources): InstanceStatus {
  if (unreadableBecause(sources) !== null) return "unreadable";
  switch (textAt(sources.listed?.fields ?? {}, "status")) {
    case "Running":
      return "running";
    case "Stopped":
      return "stopped";
    case "":
      return "unreadable";
    default:
      return "broken";
  }
}

function marksOf(raw: RawConfig, listed: Fields, isResolved: boolean): MarksReading {
  if (raw.kind === "absent") return { kind: "none" };
  if (raw.kind === "unreadable") {
    return { kind: "unknown", text: raw.text, ...(raw.claim === undefined ? {} : { claim: raw.claim }) };
  }
  const own = fieldsAt(raw.fields, "param");
  const reading = decodeMarks(own);
  if (!isResolved)
    return reading.kind === "none" ? { kind: "unknown", text: "Lima cannot read its lima.yaml" } : reading;
  const merged = fieldsAt(listed, "param");
  const keys = new Set([...Object.keys(own), ...Object.keys(merged)].filter((key) => key.startsWith("limaform_")));
  const changed = [...keys].find((key) => own[key] !== merged[key]);
  if (changed === undefined) return reading;
  const text = `its mark ${changed} is changed by Lima's _config/default.yaml or override.yaml`;
  return { kind: "unknown", text, byDefaults: true };
}
