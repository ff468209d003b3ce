import { constants, readdirSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import type { InstanceFiles } from "../../ports/instances.js";
import { decodeBuildNote } from "../../record/build-note.js";
import { escapeLine } from "../../util/escape.js";
import type { BuildNote } from "../../world/build.js";
import type { PushMark } from "../../world/world.js";
import { readPlainFile } from "../host/plain-file.js";
import { type Fields, isFields, textAt } from "./fields.js";
import { codeOf, orIfAbsent } from "./fs-errors.js";
import { assertInstanceName } from "./names.js";

/*
 * Flat files in the instance's folder: Lima's delete removes them, its clone copies them (so each holds the name it was
 * written for), and a sub-folder would break that clone.
 */

const FORMAT = "limaform.instance-file";
const FILES = {
  ready: "limaform-ready.json",
  push: "limaform-push.json",
  hostKey: "limaform-hostkey.json",
  repair: "limaform-repair.json",
  seal: "limaform-seal.json",
  build: "limaform-build.json",
} as const;
/** Made anew by adapters/ssh for every connection. */
const SSH_FILES = ["limaform-ssh.config", "limaform-known_hosts"];
const HOST_KEY = /^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa) [A-Za-z0-9+/]{40,4096}={0,2}$/;

/** What our own files say about an instance; null for what is absent, garbled, or written for another one. */
export interface InstanceNotes {
  readonly readyAt: string | null;
  readonly lastPush: PushMark | null;
  /** Why the last repair failed; null where none did, or the VM's processes were started again since. */
  readonly repairFailed: string | null;
}

/** What an instance's folder holds. One that may not be listed is taken to hold everything: each file is tried then. */
export function namesIn(dir: string): { has(name: string): boolean } {
  try {
    return new Set(readdirSync(dir));
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return new Set();
    if (code === "EACCES") return { has: () => true };
    throw error;
  }
}

/**
 * Reads the notes beside an instance. Effects: reads small files.
 *
 * `names`: what the folder holds. Most of hundreds of folders lack some of them, and to find that out one by one takes
 * longer than the listing that says it of all.
 */
export async function readNotes(
  dir: string,
  instance: string,
  names: { has(name: string): boolean },
): Promise<InstanceNotes> {
  const [ready, push, repairFailed] = await Promise.all([
    names.has(FILES.ready) ? read(dir, FILES.ready, instance) : null,
    names.has(FILES.push) ? read(dir, FILES.push, instance) : null,
    names.has(FILES.repair) ? readRepair(dir, instance) : null,
  ]);
  return { readyAt: ready === null ? null : textAt(ready, "readyAt") || null, lastPush: pushMark(push), repairFailed };
}

/** A host agent that is younger than the note makes it history: somebody started the VM after all. */
async function readRepair(dir: string, instance: string): Promise<string | null> {
  const found = await read(dir, FILES.repair, instance);
  if (found === null) return null;
  const [note, agent] = await Promise.all(
    [FILES.repair, "ha.pid"].map((name) => orIfAbsent(stat(join(dir, name)), null)),
  );
  const isOver = note != null && agent != null && agent.mtimeMs > note.mtimeMs;
  return isOver ? null : escapeLine(textAt(found, "text")) || null;
}

/** Our own files under a LIMA_HOME. Errors: LIMA_NOT_FOUND_INSTANCE where the instance's folder is gone. */
export function createInstanceFiles(home: string): InstanceFiles {
  const dirOf = (instance: string): string => {
    assertInstanceName(instance);
    return join(home, instance);
  };
  return {
    writeReady: (instance, readyAt) => write(dirOf(instance), FILES.ready, instance, { readyAt }),
    writePush: (instance, mark) => write(dirOf(instance), FILES.push, instance, { ...mark }),
    async writeRepair(instance, failure) {
      if (failure === null) await rm(join(dirOf(instance), FILES.repair), { force: true });
      else await write(dirOf(instance), FILES.repair, instance, { ...failure });
    },
    async readHostKey(instance) {
      const found = await read(dirOf(instance), FILES.hostKey, instance);
      const key = found === null ? "" : textAt(found, "key");
      return HOST_KEY.test(key) ? key : null;
    },
    async pinHostKey(instance, key) {
      if (!HOST_KEY.test(key)) throw new TypeError(`not a host key: ${JSON.stringify(key.slice(0, 80))}`);
      await write(dirOf(instance), FILES.hostKey, instance, { key });
    },
    readBuild: (instance) => readBuildNote(dirOf(instance), instance),
    writeBuild: (instance, note) => write(dirOf(instance), FILES.build, instance, { note }),
    async clear(instance) {
      const dir = dirOf(instance);
      const all = [...Object.values(FILES).filter((name) => name !== FILES.build), ...SSH_FILES];
      await Promise.all(all.map((name) => rm(join(dir, name), { force: true })));
    },
  };
}

/** How the image was built; null where nothing is noted for this instance, or what is there is no such note. */
export async function readBuildNote(dir: string, instance: string): Promise<BuildNote | null> {
  const found = await read(dir, FILES.build, instance);
  return found === null ? null : decodeBuildNote(found.note);
}

/** What the seal noted of the image's disk; null where there is nothing of this instance. */
export const readSealNote = (dir: string, instance: string): Promise<Fields | null> => read(dir, FILES.seal, instance);

export const writeSealNote = (dir: string, instance: string, fields: Fields): Promise<void> =>
  write(dir, FILES.seal, instance, fields);

async function read(dir: string, name: string, instance: string): Promise<Fields | null> {
  const text = await readPlainFile(join(dir, name));
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) && value.format === FORMAT && value.version === 1 && value.instance === instance
      ? value
      : null;
  } catch (error) {
    // A garbled note is no note: what it would say is observed again.
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function write(dir: string, name: string, instance: string, fields: Fields): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, version: 1, instance, ...fields })}\n`;
  // `.tmp` files are passed over by Lima's clone.
  const temporary = join(dir, `${name}.tmp`);
  try {
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, join(dir, name));
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
    throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `the folder of ${instance} is gone: ${dir}`, {
      hint: "limactl list",
      cause: error,
    });
  }
}

function pushMark(fields: Fields | null): PushMark | null {
  if (fields === null) return null;
  const [commit, carriedDigest, base, at] = ["commit", "carriedDigest", "base", "at"].map((key) => fields[key]);
  if (typeof commit !== "string" || typeof carriedDigest !== "string") return null;
  if (typeof base !== "string" || typeof at !== "string") return null;
  const { guestPath } = fields;
  return { commit, carriedDigest, base, at, ...(typeof guestPath === "string" ? { guestPath } : {}) };
}
