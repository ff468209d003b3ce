import { chmod, readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { BugError, StoreError } from "../../errors/errors.js";
import type { Clock, Store } from "../../ports/host.js";
import { compareText } from "../../util/compare.js";
import type { Json } from "../../util/json.js";
import { appendLine, ifThere, isTemporary, makeFolder, replaceFile } from "./files.js";
import { toStoreError } from "./store-errors.js";

export interface StoreOptions {
  /** Absolute; made at the first write, closed to other users. */
  readonly root: string;
  readonly clock: Pick<Clock, "randomHex">;
}

/**
 * Small files of one project on the local file system. Reading makes nothing, not even the folder.
 *
 * Shape: paths are relative to the root and stay inside it.
 * Errors: STORE_NO_SPACE, STORE_DENIED, STORE_READ_ONLY, STORE_FAILED, STORE_DAMAGED (no JSON).
 */
export function createStore({ root, clock }: StoreOptions): Store {
  const inOrder = createTurns();
  const place = (path: string): string => placeInside(root, path);

  const readText = async (path: string): Promise<string | null> =>
    typed(place(path), "read", (file) => ifThere(readFile(file, "utf8")));
  const writeText = async (path: string, text: string): Promise<void> =>
    typed(place(path), "write", async (file) => {
      await prepare(root, dirname(file));
      await replaceFile(file, text, clock.randomHex(12));
    });

  return {
    root,
    readText,
    writeText,
    async readJson(path) {
      const text = await readText(path);
      return text === null ? null : parse(text, place(path));
    },
    writeJson: (path, value) => writeText(path, `${JSON.stringify(value, null, 2)}\n`),
    appendLine: async (path, line) =>
      typed(place(path), "append to", (file) =>
        // Two appends at once could each take the other's half-written line for a torn one.
        inOrder(file, async () => {
          await prepare(root, dirname(file));
          await appendLine(file, line);
        }),
      ),
    remove: async (path) => typed(place(path), "remove", (file) => rm(file, { recursive: true, force: true })),
    async list(path) {
      const names = await typed(place(path), "list", (folder) => ifThere(readdir(folder)));
      return (names ?? []).filter((name) => !isTemporary(name)).sort(compareText);
    },
    folder: async (path) =>
      typed(place(path), "make", async (folder) => {
        await prepare(root, folder);
        return folder;
      }),
  };
}

/** Makes the folder, and closes the root where somebody opened it. */
async function prepare(root: string, folder: string): Promise<void> {
  await makeFolder(folder);
  const { mode } = await stat(root);
  if ((mode & 0o077) !== 0) await chmod(root, 0o700);
}

function placeInside(root: string, path: string): string {
  const full = join(root, path);
  if (full !== root && !full.startsWith(root + sep)) throw new BugError(`path outside the state folder: ${path}`);
  return full;
}

async function typed<T>(path: string, operation: string, act: (path: string) => Promise<T>): Promise<T> {
  try {
    return await act(path);
  } catch (error) {
    throw toStoreError(error, operation, path);
  }
}

function parse(text: string, path: string): Json {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new StoreError("STORE_DAMAGED", `${path} is no JSON`, {
      hint: `It was changed by something else than limaform. To look at it: less ${path}`,
      details: { path, operation: "read" },
      cause: error,
    });
  }
}

/** One after another per key; a failure is its caller's alone. */
function createTurns() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(key: string, act: () => Promise<T>): Promise<T> => {
    const before = last.get(key) ?? Promise.resolve();
    const turn = before.then(act, act);
    last.set(key, turn);
    try {
      return await turn;
    } finally {
      if (last.get(key) === turn) last.delete(key);
    }
  };
}
