import { rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { CallOptions, Disks, InstanceReader } from "../../ports/instances.js";
import type { BaseDisk } from "../../world/world.js";
import { boxedNames } from "./boot-files.js";
import { allBases, type Chains, readChains, usersOf } from "./chains.js";
import type { CloneMethod } from "./clone-method.js";
import { orIfAbsent } from "./fs-errors.js";
import type { QemuImg } from "./qemu-img.js";
import { endSeal, sealDisk } from "./seal.js";
import { noteSealedDisk } from "./sealed-disk.js";

export interface DisksContext {
  readonly home: string;
  /** The project's state folder. */
  readonly state: string;
  readonly reader: Pick<InstanceReader, "inspect">;
  readonly qemuImg: QemuImg;
  readonly cloneMethod: (signal?: AbortSignal) => Promise<CloneMethod>;
}

/** Disks of sealed images: read-only bases in the project's state folder under thin overlays. */
export function createDisks(context: DisksContext): Disks {
  const folder = join(context.state, "bases");
  const isOwn = (path: string): boolean => dirname(path) === folder;
  const read = async (): Promise<{ readonly own: readonly string[]; readonly chains: Chains }> => {
    const own = (await allBases(context.home)).filter(isOwn);
    // Most projects on most hosts have none: then nothing needs to be read.
    return { own, chains: own.length === 0 ? { users: new Map(), problems: [] } : await readChains(context.home) };
  };
  return {
    async seal(instance, options) {
      const isLinked = (await context.cloneMethod(options.signal)) === "linked";
      if (isLinked) await sealDisk({ ...context, folder }, instance, options.signal);
      await noteSealedDisk(join(context.home, instance), instance);
    },
    async endSeal(instance, options) {
      const isLinked = (await context.cloneMethod(options.signal)) === "linked";
      if (isLinked) await endSeal({ ...context, folder }, instance, options.signal);
    },
    async listBases() {
      const { own, chains } = await read();
      return Promise.all(own.map((path) => describe(path, chains, isOwn)));
    },
    async removeUnusedBases({ signal }: CallOptions) {
      const { own, chains } = await read();
      if (chains.problems.length > 0) return [];
      signal.throwIfAborted();
      const unused = own.filter((path) => usersOf(chains, path, isOwn).length === 0);
      const files = unused.flatMap((path) => [path, ...boxedNames(path)]);
      await Promise.all(files.map((path) => rm(path, { force: true })));
      return unused.map((path) => basename(path));
    },
  };
}

async function describe(path: string, chains: Chains, isOwn: (path: string) => boolean): Promise<BaseDisk> {
  const found = await orIfAbsent(stat(path), null);
  const ends = usersOf(chains, path, isOwn).map((user) => (user.includes("/") ? `base:${basename(user)}` : user));
  const direct = (chains.users.get(path) ?? []).filter(isOwn).map((user) => `base:${basename(user)}`);
  return {
    name: basename(path),
    // What it takes on the host, not its virtual size.
    bytes: (found?.blocks ?? 0) * 512,
    usedBy: [...new Set([...ends, ...direct])],
    isKnownUnused: chains.problems.length === 0 && ends.length === 0,
  };
}
