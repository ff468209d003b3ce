import { isAbsolute, join } from "node:path";
import { codeOf, digestFile, type FileDigest, messageOf } from "../adapters/host/files.js";
import type { Store } from "../ports/host.js";
import type { Repository } from "../ports/repository.js";
import { carryRules, specPathIn } from "../resources/binding/carry.js";
import type { KindRules, ResolvedSpec } from "../resources/kind.js";
import type { SourceFacts, SourceProblem } from "../world/sources.js";

const GIT_LIMIT_MS = 5 * 60_000;
const OWN_FILES = "own-files.json";
const DIGESTS_FILE = "file-digests.json";

interface SourceParts {
  readonly rules: readonly KindRules[];
  readonly repository: Repository;
  readonly store: Store;
  /** The user's home folder, for paths that begin with `~/`. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Real absolute paths of files that this command is going to write. */
  readonly writes: readonly string[];
}

/** Reads what the host side contributes to a plan: the repository's facts and the digests of files the spec names. */
export async function readSources(spec: ResolvedSpec, parts: SourceParts): Promise<SourceFacts> {
  const { rules, repository, signal } = parts;
  const patterns = spec.values["image.inputs"];
  const ownFiles = await readOwnFiles(spec, parts);
  const [facts, files] = await Promise.all([
    repository.facts({
      root: spec.root,
      imagePatterns: Array.isArray(patterns) ? patterns.map(String) : null,
      carry: spec.values["repo.uncommitted"] === false ? null : carryRules(ownFiles),
      signal,
      timeoutMs: GIT_LIMIT_MS,
    }),
    digestFiles(
      spec,
      rules.flatMap((kind) => kind.files(spec)),
      parts,
    ),
  ]);
  return { repository: facts, ownFiles, ...files };
}

/**
 * Files in the work tree that are limaform's: the spec, what this command will write, what earlier ones wrote.
 *
 * Shape: from the top of the work tree, sorted, the spec always among them.
 */
async function readOwnFiles(
  spec: ResolvedSpec,
  { repository, store, writes }: SourceParts,
): Promise<readonly string[]> {
  const root = (await repository.topLevel(spec.root)) ?? spec.root;
  const known = await store.readJson(OWN_FILES);
  const noted = Array.isArray(known) ? known.map(String) : [];
  const inside = writes.filter((file) => file.startsWith(`${root}/`));
  const all = [...new Set([...noted, ...inside])].sort();
  if (all.length > noted.length) await store.writeJson(OWN_FILES, all);
  return [...new Set([spec.file, ...all].map((file) => specPathIn(root, file)))].sort();
}

async function digestFiles(
  spec: ResolvedSpec,
  paths: readonly string[],
  { store, home }: SourceParts,
): Promise<Pick<SourceFacts, "fileDigests" | "problems">> {
  const known = ((await store.readJson(DIGESTS_FILE)) ?? {}) as unknown as Record<string, FileDigest>;
  const digests: Record<string, string> = {};
  const stamps: Record<string, FileDigest> = {};
  const problems: SourceProblem[] = [];
  for (const path of [...new Set(paths)].sort()) {
    const file = path.startsWith("~/") ? join(home, path.slice(2)) : isAbsolute(path) ? path : join(spec.root, path);
    try {
      const found = await digestFile(file, known[file]);
      digests[path] = found.digest;
      stamps[file] = found;
    } catch (error) {
      problems.push(missing(path, file, error));
    }
  }
  // A cache of digests by inode, size and time; losing it only costs the reading.
  const isNew = Object.keys(stamps).some((file) => known[file]?.stamp !== stamps[file]?.stamp);
  if (isNew)
    await store.writeJson(
      DIGESTS_FILE,
      Object.fromEntries(Object.entries(stamps).map(([file, found]) => [file, { ...found }])),
    );
  return { fileDigests: digests, problems };
}

function missing(path: string, file: string, error: unknown): SourceProblem {
  const why = codeOf(error) === "ENOENT" ? "does not exist" : `cannot be read (${messageOf(error)})`;
  return {
    code: codeOf(error) === "ENOENT" ? "PLAN_FILE_MISSING" : "PLAN_FILE_UNREADABLE",
    text: `${path}, which the spec names, ${why}${path === file ? "" : `: ${file}`}`,
    hint: 'mend the path in limaform.toml; named images need no file: vm.image = "debian-13"',
  };
}
