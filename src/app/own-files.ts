import type { Store } from "../ports/host.js";
import type { Repository } from "../ports/repository.js";
import { specPathIn } from "../resources/binding/carry.js";
import type { ResolvedSpec } from "../resources/kind.js";

const OWN_FILES = "own-files.json";

interface OwnFilesParts {
  readonly repository: Repository;
  readonly store: Store;
  /** Real absolute paths of files that this command is going to write. */
  readonly writes: readonly string[];
}

/**
 * Files in the work tree that are limaform's: the spec, what this command will write, what earlier ones wrote.
 *
 * Shape: from the top of the work tree, sorted, the spec always among them.
 */
export async function readOwnFiles(
  spec: ResolvedSpec,
  { repository, store, writes }: OwnFilesParts,
): Promise<readonly string[]> {
  const root = (await repository.topLevel(spec.root)) ?? spec.root;
  const known = await store.readJson(OWN_FILES);
  const noted = Array.isArray(known) ? known.map(String) : [];
  const inside = writes.filter((file) => file.startsWith(`${root}/`));
  const all = [...new Set([...noted, ...inside])].sort();
  if (all.length > noted.length) await store.writeJson(OWN_FILES, all);
  return [...new Set([spec.file, ...all].map((file) => specPathIn(root, file)))].sort();
}
