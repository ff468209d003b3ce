import { homedir } from "node:os";
import { join } from "node:path";
import { readIfThere, realOrSame } from "../adapters/host/files.js";
import { writePrivate } from "../adapters/host/private-file.js";
import { TrustError } from "../errors/errors.js";
import { decodeTrust, encodeTrust, type TrustedFile, trustDigest } from "../record/trust.js";
import type { Origin, ResolvedSpec } from "../resources/kind.js";
import { quoteWords } from "../util/shell-quote.js";
import { VERSION } from "../util/version.js";
import type { AppOptions, TrustDocument } from "./app.js";
import type { Fleet } from "./fleet.js";
import { hostPath } from "./host-path.js";
import { SECRETS_KEY, secretSources } from "./secret-sources.js";
import type { AppSession } from "./session.js";

/** What a trust is for: images need files, runs need secrets. Each is refused by itself. */
export type TrustPurpose = "files" | "secrets";

/**
 * What the committed spec reaches for outside its repository, and whether this user has trusted it with that. Nothing of
 * these files is read. What flags, environment and user defaults name comes from the user and needs no trust.
 */
export async function readTrust(session: AppSession, fleet: Fleet, spec: ResolvedSpec): Promise<TrustDocument> {
  const [files, secrets] = await Promise.all([
    readPurpose(session, fleet, spec, "files"),
    readPurpose(session, fleet, spec, "secrets"),
  ]);
  const all = [...files.entries, ...secrets.entries];
  return {
    format: "limaform.trust",
    version: 1,
    project: fleet.project,
    ownerPath: fleet.ownerPath,
    digest: trustDigest(fleet.ownerPath, all),
    trusted: files.isTrusted && secrets.isTrusted,
    files: all.map((file) => ({ ...file, place: placeOf(spec.origins[keyOf(file)]) })),
  };
}

/** Errors: TRUST_REQUIRED, with what is to be trusted in `details`. */
export async function requireTrust(
  session: AppSession,
  fleet: Fleet,
  spec: ResolvedSpec,
  purpose: TrustPurpose = "files",
): Promise<void> {
  const { entries, isTrusted } = await readPurpose(session, fleet, spec, purpose);
  if (isTrusted) return;
  const files = entries.map((file) => ({ ...file, place: placeOf(spec.origins[keyOf(file)]) }));
  const byPlace = Map.groupBy(files, ({ key, place }) => `${key}, ${place}`);
  const names = [...byPlace]
    .map(([where, files]) => `${files.map(({ path }) => path).join(", ")} (${where})`)
    .join("; ");
  const outside = files.length === 1 ? "a file outside the repository" : "files outside the repository";
  const what = purpose === "files" ? outside : "what its secrets come from on this host";
  throw new TrustError("TRUST_REQUIRED", `the spec names ${what}, and you have not trusted it with that: ${names}`, {
    hint: `nothing of it was ${purpose === "files" ? "read" : "read or run"}; if you want that: limaform trust`,
    details: { project: fleet.project, ownerPath: fleet.ownerPath, files },
  });
}

/** Whether what is read for this purpose may be read. True also where there is nothing to trust. */
export async function isTrusted(
  session: AppSession,
  fleet: Fleet,
  spec: ResolvedSpec,
  purpose: TrustPurpose,
): Promise<boolean> {
  return (await readPurpose(session, fleet, spec, purpose)).isTrusted;
}

async function readPurpose(session: AppSession, fleet: Fleet, spec: ResolvedSpec, purpose: TrustPurpose) {
  const entries = purpose === "files" ? await filesOutside(fleet, spec) : await secretEntries(fleet, spec);
  const digest = trustDigest(fleet.ownerPath, entries);
  const grants = entries.length === 0 ? [] : decodeTrust(await readIfThere(trustFile(session.options)));
  return { entries, digest, isTrusted: entries.length === 0 || grants.some((grant) => grant.digest === digest) };
}

export async function trustOf(session: AppSession): Promise<TrustDocument> {
  const fleet = await session.fleet();
  return readTrust(session, fleet, fleet.loaded.spec);
}

/**
 * Trusts this repository with exactly what the spec names now, or with nothing any more.
 *
 * Errors: STORE_….
 */
export async function changeTrust(session: AppSession, change: "grant" | "revoke"): Promise<TrustDocument> {
  const fleet = await session.fleet();
  const { spec } = fleet.loaded;
  const { project, ownerPath } = fleet;
  const wanted = [
    await readPurpose(session, fleet, spec, "files"),
    await readPurpose(session, fleet, spec, "secrets"),
  ].filter(({ entries }) => entries.length > 0);
  const digests = new Set(wanted.map(({ digest }) => digest));
  const file = trustFile(session.options);
  const others = decodeTrust(await readIfThere(file)).filter((grant) =>
    change === "revoke" ? grant.ownerPath !== ownerPath : !digests.has(grant.digest),
  );
  const at = session.clock.now();
  const granted = wanted.map(({ digest, entries }) => ({ digest, project, ownerPath, files: entries, at }));
  const grants = change === "grant" ? [...others, ...granted] : others;
  await writePrivate(file, encodeTrust(grants, VERSION), session.clock.randomHex(16));
  return readTrust(session, fleet, spec);
}

/** Beside the user defaults: it is the user's word, never the repository's. */
function trustFile({ env }: AppOptions): string {
  const base = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), ".config");
  return join(base, "limaform", "trust.json");
}

async function filesOutside(fleet: Fleet, spec: ResolvedSpec): Promise<readonly TrustedFile[]> {
  const root = await realOrSame((await fleet.repositoryRoot()) ?? spec.root);
  const named = fleet.rules.flatMap((rules) => rules.files(spec)).filter(({ key }) => isOfSpec(spec.origins[key]));
  const files = await Promise.all(
    named.map(async ({ key, path }) => ({ key, path, file: await realOrSame(hostPath(spec, path, fleet.home)) })),
  );
  return files.filter(({ file }) => !file.startsWith(`${root}/`));
}

/** Files that secrets are read from, with where they lead, and commands that are run for them. */
async function secretEntries(fleet: Fleet, spec: ResolvedSpec): Promise<readonly TrustedFile[]> {
  if (!isOfSpec(spec.origins[SECRETS_KEY])) return [];
  return Promise.all(
    secretSources(spec, fleet.home).flatMap((source): readonly Promise<TrustedFile>[] => {
      if ("env" in source) return [];
      const key = `${SECRETS_KEY}.${source.name}`;
      if ("command" in source) return [Promise.resolve({ key, path: quoteWords(source.command), file: "" })];
      return [realOrSame(source.file).then((file) => ({ key, path: source.file, file }))];
    }),
  );
}

/** The key of the spec whose place is known. */
const keyOf = ({ key }: TrustedFile): string => (key.startsWith(`${SECRETS_KEY}.`) ? SECRETS_KEY : key);

/** Whatever is not plainly from elsewhere counts as the spec's. */
const isOfSpec = (origin: Origin | undefined): boolean => origin === undefined || origin.layer === "spec";

function placeOf(origin: Origin | undefined): string {
  return origin?.layer === "spec" ? `${origin.file}:${origin.line}:${origin.column}` : "limaform.toml";
}
