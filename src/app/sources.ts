import { codeOf, digestFile, type FileDigest } from "../adapters/host/files.js";
import { explainErrno } from "../adapters/store/store-errors.js";
import { StoreError } from "../errors/errors.js";
import type { Store } from "../ports/host.js";
import type { Repository } from "../ports/repository.js";
import { carryChoiceOf, carryRules } from "../resources/carry-rules.js";
import type { KindRules, ResolvedSpec } from "../resources/kind.js";
import { sha256Hex } from "../util/digest.js";
import type { SourceFacts, SourceProblem } from "../world/sources.js";
import { readCaCerts } from "./ca-certs.js";
import { hostPath } from "./host-path.js";
import { readOwnFiles } from "./own-files.js";

const GIT_LIMIT_MS = 5 * 60_000;
const DIGESTS_FILE = "file-digests.json";
const EMPTY_FILE = `sha256:${sha256Hex("")}`;

interface SourceParts {
  readonly rules: readonly KindRules[];
  readonly repository: Repository;
  readonly store: Store;
  /** Of the user, for the host's trust roots. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, for paths that begin with `~/`. */
  readonly home: string;
  readonly signal: AbortSignal;
  /** Without the user's trust nothing that the spec names is read; who needs it has been refused before. */
  readonly isUntrusted?: boolean;
  /** Real absolute paths of files that this command is going to write. */
  readonly writes: readonly string[];
}

/** Reads what the host side contributes to a plan: the repository's facts and the digests of files the spec names. */
export async function readSources(spec: ResolvedSpec, parts: SourceParts): Promise<SourceFacts> {
  const { rules, repository, signal } = parts;
  const ownFiles = await readOwnFiles(spec, parts);
  // Both to their end: where one fails, the other must not leave a half-written file behind.
  const [facts, files, roots] = await Promise.allSettled([
    codeFacts(spec, repository, ownFiles, signal),
    digestsOfFiles(
      spec,
      rules.flatMap((kind) => kind.files(spec).map(({ path }) => path)),
      parts,
    ),
    parts.isUntrusted ? { pem: "", problems: [] } : readCaCerts(spec, parts),
  ]);
  const { fileDigests, problems } = settledValue(files);
  const { pem, problems: ofRoots } = settledValue(roots);
  const caCerts = pem === "" ? {} : { caCerts: pem };
  return {
    ...{ repository: settledValue(facts), ownFiles, fileDigests, ...caCerts },
    problems: [...problems, ...ofRoots],
  };
}

/** The code of the host as `repo.mode` says. */
export async function codeFacts(
  spec: ResolvedSpec,
  repository: Repository,
  ownFiles: readonly string[],
  signal: AbortSignal,
): Promise<SourceFacts["repository"]> {
  const { values } = spec;
  const patterns = values["image.inputs"];
  const imagePatterns = Array.isArray(patterns) ? patterns.map(String) : null;
  const carry = carryRules(carryChoiceOf(values, ownFiles));
  const request = { imagePatterns, signal, timeoutMs: GIT_LIMIT_MS };
  if (values["repo.mode"] === "files") {
    const root = (await repository.topLevel(spec.root)) ?? spec.root;
    return repository.folder({ ...request, root, carry });
  }
  return repository.facts({ ...request, root: spec.root, carry: values["repo.uncommitted"] === false ? null : carry });
}

function settledValue<T>(settled: PromiseSettledResult<T>): T {
  if (settled.status === "rejected") throw settled.reason;
  return settled.value;
}

/** Content digests of files that the spec names, by path as it has them. */
export async function digestsOfFiles(
  spec: ResolvedSpec,
  paths: readonly string[],
  { store, home, isUntrusted }: Pick<SourceParts, "store" | "home" | "isUntrusted">,
): Promise<Pick<SourceFacts, "fileDigests" | "problems">> {
  const known = ((await store.readJson(DIGESTS_FILE)) ?? {}) as unknown as Record<string, FileDigest>;
  const digests: Record<string, string> = {};
  const stamps: Record<string, FileDigest> = {};
  const problems: SourceProblem[] = [];
  for (const path of isUntrusted ? [] : [...new Set(paths)].sort()) {
    const file = hostPath(spec, path, home);
    try {
      const found = await digestFile(file, known[file]);
      digests[path] = found.digest;
      stamps[file] = found;
      if (found.digest === EMPTY_FILE) problems.push(unusable(path, file, "PLAN_FILE_UNREADABLE", "is empty"));
    } catch (error) {
      problems.push(missing(path, file, error));
    }
  }
  const isNew = Object.keys(stamps).some((file) => known[file]?.stamp !== stamps[file]?.stamp);
  if (isNew) await keepDigests(store, stamps);
  return { fileDigests: digests, problems };
}

/**
 * A cache of digests by inode, size and time: without it files are read again. So where it cannot be written (a read-only
 * state folder, a full disk) whoever only reads goes on; what changes something meets the same at its lock, and says so.
 */
async function keepDigests(store: SourceParts["store"], stamps: Readonly<Record<string, FileDigest>>): Promise<void> {
  const kept = Object.fromEntries(Object.entries(stamps).map(([file, found]) => [file, { ...found }]));
  try {
    await store.writeJson(DIGESTS_FILE, kept);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}

function missing(path: string, file: string, error: unknown): SourceProblem {
  if (codeOf(error) === "ENOENT") return unusable(path, file, "PLAN_FILE_MISSING", "does not exist");
  return unusable(path, file, "PLAN_FILE_UNREADABLE", `cannot be read: ${explainErrno(error, file).why}`);
}

function unusable(path: string, file: string, code: string, why: string): SourceProblem {
  return {
    code,
    text: `${path}, which the spec names, ${why}${path === file ? "" : `: ${file}`}`,
    hint: 'mend the file or its path in limaform.toml (a named image needs none: vm.image = "debian-13"), then: limaform plan',
  };
}
