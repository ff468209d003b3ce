import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { compareText } from "../../util/compare.js";
import { readBacking } from "./backing.js";
import { orIfAbsent } from "./fs-errors.js";
import { isInstanceEntry } from "./names.js";

/** Who stands on which base, over all instances and all projects of a LIMA_HOME. */
export interface Chains {
  /** Users by real path of the file they stand on, directly. A user is an instance's name or the path of a base. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  /** Why some chain could not be followed; then nothing is known to be unused. */
  readonly problems: readonly string[];
}

/** Paths of all base disks of all projects. */
export async function allBases(home: string): Promise<readonly string[]> {
  const root = join(home, "_limaform");
  const projects = await orIfAbsent(readdir(root, { withFileTypes: true }), []);
  const lists = await Promise.all(
    projects
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }) => {
        const folder = join(root, name, "bases");
        const files: readonly string[] = await orIfAbsent(readdir(folder), []);
        return files.filter((file) => /\.(qcow2|raw)$/.test(file)).map((file) => join(folder, file));
      }),
  );
  return lists.flat().sort(compareText);
}

/** Reads the headers of all disks under a LIMA_HOME, of foreign instances too. */
export async function readChains(home: string): Promise<Chains> {
  const names = await orIfAbsent(readdir(home), [] as string[]);
  const instances = names.filter(isInstanceEntry).sort(compareText);
  const disks = [
    ...instances.flatMap((name) => ["disk", "diffdisk"].map((file) => ({ user: name, path: join(home, name, file) }))),
    ...(await allBases(home)).map((path) => ({ user: path, path })),
  ];
  const users = new Map<string, string[]>();
  const problems: string[] = [];
  const read = await Promise.all(disks.map(async ({ user, path }) => ({ user, backing: await readSafely(path) })));
  for (const { user, backing } of read) {
    if (backing.kind === "unreadable") problems.push(backing.text);
    if (backing.kind !== "file") continue;
    // A missing backing file is a broken disk, but no user of anything that is there.
    const real = await orIfAbsent(realpath(backing.path), backing.path);
    users.set(real, [...(users.get(real) ?? []), user]);
  }
  return { users, problems };
}

async function readSafely(path: string) {
  try {
    return await readBacking(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { kind: "unreadable", text: `${path} cannot be read: ${error.message}` } as const;
  }
}

/** Instance names, and bases outside the project, whose chains reach the file, directly or through other bases. */
export function usersOf(chains: Chains, file: string, isOwnBase: (path: string) => boolean): readonly string[] {
  const found = new Set<string>();
  const open = [file];
  const seen = new Set<string>(open);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const user of chains.users.get(path) ?? []) {
      if (!isOwnBase(user)) found.add(user);
      else if (!seen.has(user)) {
        seen.add(user);
        open.push(user);
      }
    }
  }
  return [...found].sort(compareText);
}
