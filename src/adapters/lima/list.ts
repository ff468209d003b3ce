import { statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { LimaError } from "../../errors/errors.js";
import type { InstanceReader } from "../../ports/instances.js";
import { compareText } from "../../util/compare.js";
import { remember } from "../../util/remember.js";
import type { InstanceFacts, InstanceListing } from "../../world/world.js";
import type { MergedFile } from "./closed.js";
import { readMerged } from "./defaults.js";
import { instanceFacts as factsFrom, type InstanceSources, unreadableBecause } from "./facts.js";
import { fieldsAt } from "./fields.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";
import { type InstanceNotes, namesIn, readBuildNote, readNotes } from "./instance-files.js";
import { createKnownYaml } from "./known-yaml.js";
import type { Limactl } from "./limactl.js";
import { LIST_FORMAT, type ListedInstance, readListingLine } from "./listing-line.js";
import { assertInstanceName, isInstanceEntry } from "./names.js";
import { createRawConfigReader, type RawConfig } from "./raw-config.js";
import { changedDisk } from "./sealed-disk.js";

const BASE_LIMIT_MS = 30_000;
/** Lima gives each host agent three seconds to answer, one after another. */
const PER_INSTANCE_MS = 4_000;
const MAX_LISTING_BYTES = 256 * 1024 * 1024;
/** Processes of a VM come and go one after the other: what is half dead is looked at once more after this. */
const TRANSIENT_MS = 1_500;
const DISK = "disk";

const NO_NOTES: InstanceNotes = { readyAt: null, lastPush: null, repairFailed: null };
const unread = (text: string): RawConfig => ({ kind: "unreadable", text });

/** Asked for of each instance: is it settled, is it half dead, what is it. */
const instanceFacts = remember(factsFrom);

/**
 * Lists instances: one bulk call of limactl, the raw files and our notes read meanwhile.
 *
 * Errors: everything that makes the listing as a whole unreliable throws; a single unreadable instance does not.
 */
export function createLister(home: string, limactl: Pick<Limactl, "call">): Pick<InstanceReader, "list" | "inspect"> {
  const known = createKnownYaml(home);
  const rawConfigs = createRawConfigReader(known);

  const sourcesOf = async (
    name: string,
    listed: ListedInstance | null,
    merged: readonly MergedFile[],
  ): Promise<InstanceSources> => {
    const dir = join(home, name);
    const raw = rawConfigs.read(dir);
    try {
      const names = namesIn(dir);
      const hasDisk = names.has(DISK) && statSync(join(dir, DISK), { throwIfNoEntry: false }) !== undefined;
      const notes = await readNotes(dir, name, names);
      const [diskChange, build] = isImage(raw)
        ? await Promise.all([changedDisk(dir, name), readBuildNote(dir, name)])
        : [null, null];
      return { name, dir, listed, raw, notes, merged, hasDisk, diskChange, build };
    } catch (error) {
      const code = codeOf(error);
      if (code === null) throw error;
      // One folder that the system does not let us read says nothing of the others.
      const path = error instanceof Error && "path" in error ? String(error.path) : dir;
      const known = raw.kind === "unreadable" ? raw : unread(`${path} cannot be read (${code})`);
      const nothing = { notes: NO_NOTES, hasDisk: true, diskChange: null, build: null };
      return { name, dir, listed, raw: known, merged, ...nothing };
    }
  };

  const observe = async (names: readonly string[], only: string | null, signal?: AbortSignal) => {
    const [listed] = await Promise.all([callList(limactl, names.length, only, signal), readAhead(names)]);
    // Read again (mostly from the cache): an edit meanwhile would otherwise look like a disagreement.
    const all = [...new Set([...names, ...listed.keys()])].sort(compareText);
    const files = readMerged(home, rawConfigs);
    const sources = await Promise.all(all.map((name) => sourcesOf(name, listed.get(name) ?? null, files)));
    await known.keep();
    return sources;
  };

  /** While limactl is at work, one in a turn: it starts first, and git and the reading of the spec go on in between. */
  const readAhead = async (names: readonly string[]): Promise<void> => {
    await nextTurn();
    await known.recall();
    readMerged(home, rawConfigs);
    for (const name of names) {
      await nextTurn();
      rawConfigs.read(join(home, name));
    }
  };

  const observeSettled = async (only: string | null, signal?: AbortSignal): Promise<readonly InstanceSources[]> => {
    const namesNow = async () => (await entries(home)).filter((name) => only === null || name === only);
    const first = await observe(await namesNow(), only, signal);
    if (first.every(isSettled)) return first;
    if (only === null && first.some(isHalfDead)) await sleep(TRANSIENT_MS, undefined, { signal });
    // Somebody's clone, edit or delete in between makes the folder and the listing differ: look once more.
    return observe(await namesNow(), only, signal);
  };

  return {
    list: async (signal) => toListing(await observeSettled(null, signal)),
    async inspect(name, signal): Promise<InstanceFacts | null> {
      assertInstanceName(name);
      if (!(await entries(home)).includes(name)) return null;
      const found = (await observeSettled(name, signal)).find((sources) => sources.name === name);
      return found === undefined || isGone(found) ? null : instanceFacts(found);
    },
  };
}

/** Only images are sealed; of hundreds of workers nothing more is read. */
const isImage = (raw: RawConfig): boolean =>
  raw.kind === "config" && fieldsAt(raw.fields, "param").limaform_role === "image";

/** Not listed and without a file: it went away while we looked. */
function isGone(sources: InstanceSources): boolean {
  return sources.listed === null && sources.raw.kind === "absent";
}

function isSettled(sources: InstanceSources): boolean {
  return sources.listed !== null && !isHalfDead(sources) && instanceFacts(sources).marks.kind !== "unknown";
}

function isHalfDead(sources: InstanceSources): boolean {
  return sources.raw.kind === "config" && instanceFacts(sources).status === "broken";
}

function toListing(all: readonly InstanceSources[]): InstanceListing {
  const there = all.filter((sources) => !isGone(sources));
  return {
    instances: there.map(instanceFacts),
    failures: there.flatMap((sources) => {
      const text = unreadableBecause(sources);
      return text === null ? [] : [{ instance: sources.name, text }];
    }),
  };
}

/** Names of the folders that Lima takes for instances, sorted. A LIMA_HOME that is not there has none. */
async function entries(home: string): Promise<readonly string[]> {
  const found = await orIfAbsent(readdir(home, { withFileTypes: true }), []);
  return found
    .filter((entry) => isInstanceEntry(entry.name) && !entry.isFile())
    .map(({ name }) => name)
    .sort(compareText);
}

async function callList(
  limactl: Pick<Limactl, "call">,
  count: number,
  only: string | null,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, ListedInstance>> {
  const args = ["list", "--format", LIST_FORMAT, ...(only === null ? [] : [only])];
  const outcome = await limactl
    .call({
      action: only === null ? "list the instances" : `look at ${only}`,
      instance: only ?? "",
      args,
      kind: "read",
      timeoutMs: BASE_LIMIT_MS + count * PER_INSTANCE_MS,
      maxOutputBytes: MAX_LISTING_BYTES,
      signal,
    })
    .catch((error: unknown) => {
      // Gone between our look at the folder and limactl's.
      if (only !== null && error instanceof LimaError && error.code === "LIMA_NOT_FOUND_INSTANCE") return null;
      throw error;
    });
  const listed = new Map<string, ListedInstance>();
  for (const line of (outcome?.stdout ?? "").split("\n").filter((text) => text !== "")) {
    const instance = readListingLine(line);
    if (instance === null) {
      throw new LimaError("LIMA_LISTING_UNREADABLE", "cannot read the listing of limactl: a line is no instance", {
        hint: "limactl list --format json",
        details: { line: line.slice(0, 500) },
      });
    }
    listed.set(instance.name, instance);
  }
  return listed;
}
