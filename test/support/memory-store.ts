import type { Store } from "../../src/ports/host.js";

export interface MemoryStore extends Store {
  readonly files: Map<string, string>;
  /** Every write in order: `append journal.ndjson`, `write record.json`. */
  readonly writes: string[];
  /** Called before each write; what it throws is the write's failure. */
  onWrite: (operation: string, path: string, text: string) => void;
}

/** The state folder as a map. */
export function createMemoryStore(): MemoryStore {
  const files = new Map<string, string>();
  const writes: string[] = [];
  const store: MemoryStore = {
    root: "/state",
    files,
    writes,
    onWrite: () => {},
    readText: async (path) => files.get(path) ?? null,
    readJson: async (path) => JSON.parse(files.get(path) ?? "null"),
    async writeText(path, text) {
      store.onWrite("write", path, text);
      writes.push(`write ${path}`);
      files.set(path, text);
    },
    writeJson: (path, value) => store.writeText(path, JSON.stringify(value)),
    async appendLine(path, line) {
      store.onWrite("append", path, line);
      writes.push(`append ${path}`);
      files.set(path, `${files.get(path) ?? ""}${line}\n`);
    },
    async remove(path) {
      files.delete(path);
    },
    list: async (path) => [...files.keys()].filter((file) => file.startsWith(path)).sort(),
    folder: async (path) => `/state/${path}`,
  };
  return store;
}
