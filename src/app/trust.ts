import { homedir } from "node:os";
import { join } from "node:path";
import { readIfThere, realOrSame } from "../adapters/host/files.js";
import { writePrivate } from "../adapters/host/private-file.js";
import { TrustError } from "../errors/errors.js";
import { decodeTrust, encodeTrust, type TrustedFile, trustDigest } from "../record/trust.js";
import type { Origin, ResolvedSpec } from "../resources/kind.js";
import { VERSION } from "../util/version.js";
import type { AppOptions, TrustDocument } from "./app.js";
import type { Fleet } from "./fleet.js";
import { hostPath } from "./host-path.js";
import type { AppSession } from "./session.js";

/**
 * What the committed spec reaches for outside its repository, and whether this user has trusted it with that. Nothing of
 * these files is read. What flags, environment and user defaults name comes from the user and needs no trust.
 */
export async function readTrust(session: AppSession, fleet: Fleet, spec: ResolvedSpec): Promise<TrustDocument> {
  const files = await filesOutside(fleet, spec);
  const digest = trustDigest(fleet.ownerPath, files);
  const grants = decodeTrust(await readIfThere(trustFile(session.options)));
  return {
    format: "limaform.trust",
    version: 1,
    project: fleet.project,
    ownerPath: fleet.ownerPath,
    digest,
    trusted: files.length === 0 || grants.some((grant) => grant.digest === digest),
    files: files.map((file) => ({ ...file, place: placeOf(spec.origins[file.key]) })),
  };
}

/** Errors: TRUST_REQUIRED, with what is to be trusted in `details`. */
export async function requireTrust(session: AppSession, fleet: Fleet, spec: ResolvedSpec): Promise<void> {
  const trust = await readTrust(session, fleet, spec);
  if (trust.trusted) return;
  const byPlace = Map.groupBy(trust.files, ({ key, place }) => `${key}, ${place}`);
  const names = [...byPlace]
    .map(([where, files]) => `${files.map(({ path }) => path).join(", ")} (${where})`)
    .join("; ");
  const outside = trust.files.length === 1 ? "a file outside the repository" : "files outside the repository";
  throw new TrustError("TRUST_REQUIRED", `the spec names ${outside}, and you have not trusted it with that: ${names}`, {
    hint: "nothing of it was read; if you want that: limaform trust",
    details: { project: trust.project, ownerPath: trust.ownerPath, files: trust.files.map((file) => ({ ...file })) },
  });
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
  const trust = await readTrust(session, fleet, spec);
  const file = trustFile(session.options);
  const { digest, project, ownerPath } = trust;
  const others = decodeTrust(await readIfThere(file)).filter((grant) =>
    change === "revoke" ? grant.ownerPath !== ownerPath : grant.digest !== digest,
  );
  const files = trust.files.map(({ key, path, file: real }) => ({ key, path, file: real }));
  const grant = { digest, project, ownerPath, files, at: session.clock.now() };
  const grants = change === "grant" && files.length > 0 ? [...others, grant] : others;
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

/** Whatever is not plainly from elsewhere counts as the spec's. */
const isOfSpec = (origin: Origin | undefined): boolean => origin === undefined || origin.layer === "spec";

function placeOf(origin: Origin | undefined): string {
  return origin?.layer === "spec" ? `${origin.file}:${origin.line}:${origin.column}` : "limaform.toml";
}
