import { badIndex, type Fields, isFields, numberIn, readIndex, textIn } from "./index-text.js";
import type { ReadText, ToolFile } from "./recipe.js";
import { compareVersions, newestFitting, partsOf, type VersionRequest } from "./version.js";

/*
 * Packages of an npm registry: the index of a package, its releases, and their files with the registry's own checksum.
 * Source: github.com/npm/registry, docs/responses/package-metadata.md.
 */

const SHORT_INDEX = "application/vnd.npm.install-v1+json";

export interface NpmRelease {
  readonly version: string;
  readonly fields: Fields;
}

export interface NpmPackage {
  readonly url: string;
  readonly releases: readonly NpmRelease[];
  /** What the package's maker calls the newest; null where it does not say. */
  readonly latest: string | null;
}

export async function readPackage(registry: string, name: string, read: ReadText): Promise<NpmPackage> {
  const url = `${registry.replace(/\/+$/u, "")}/${name.replace("/", "%2f")}`;
  const index = readIndex(await read(url, SHORT_INDEX), url);
  if (!isFields(index) || !isFields(index.versions)) throw badIndex(url, "it has no versions");
  const tags = isFields(index["dist-tags"]) ? index["dist-tags"] : {};
  const releases = Object.entries(index.versions).flatMap(([version, fields]) =>
    isFields(fields) ? [{ version, fields }] : [],
  );
  return { url, releases, latest: textIn(tags, "latest") };
}

/** "latest" is the maker's word for it, which may be lower than the highest number. */
export function pickRelease({ releases, latest }: NpmPackage, request: VersionRequest): NpmRelease | null {
  const isLatest = request.kind === "word" && request.word === "latest";
  const named = isLatest ? releases.find(({ version }) => version === latest) : undefined;
  return named ?? newestFitting(request, releases);
}

/**
 * The file of a release.
 *
 * Errors: TOOL_BAD_INDEX where it has no address or no SHA-512.
 */
export function npmFile(
  { url }: NpmPackage,
  { version, fields }: NpmRelease,
  place: Pick<ToolFile, "into" | "only" | "strip">,
): ToolFile {
  const dist = isFields(fields.dist) ? fields.dist : {};
  const tarball = textIn(dist, "tarball");
  const digest = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)(?:\s|$)/u.exec(textIn(dist, "integrity") ?? "")?.[1];
  if (tarball === null || !/^https?:\/\//u.test(tarball)) throw badIndex(url, `${version} has no address`);
  if (digest === undefined) throw badIndex(url, `${version} has no SHA-512`);
  return {
    url: tarball,
    checksum: { algorithm: "sha512", value: Buffer.from(digest, "base64").toString("hex") },
    bytes: null,
    format: "tar.gz",
    ...place,
  };
}

export const unpackedBytes = ({ fields }: NpmRelease): number | null =>
  isFields(fields.dist) ? numberIn(fields.dist, "unpackedSize") : null;

/** Whether `engines.node` allows this Node. Of npm's language the parts that npm's own package uses; the rest says no. */
export function allowsNode({ fields }: NpmRelease, node: string): boolean {
  const engines = isFields(fields.engines) ? textIn(fields.engines, "node") : null;
  const version = partsOf(node);
  if (engines === null || version === null) return false;
  return engines.split("||").some((range) =>
    range
      .trim()
      .split(/\s+/u)
      .every((part) => allows(part, version)),
  );
}

function allows(part: string, version: readonly number[]): boolean {
  const match = /^(\^|>=)([0-9.]+)$/u.exec(part);
  const floor = partsOf(match?.[2] ?? "");
  if (match === null || floor === null || compareVersions(version, floor) < 0) return false;
  return match[1] === ">=" || version[0] === floor[0];
}
