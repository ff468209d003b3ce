import { readReleases } from "./github.js";
import { isFields, listOf, numberIn, readIndex, sha256Of, textIn } from "./index-text.js";
import type { Found, ReadText, Recipe, SourceQuery } from "./recipe.js";
import { newestFitting } from "./version.js";

const ASSET = { x86_64: "duckdb_cli-linux-amd64.zip", aarch64: "duckdb_cli-linux-arm64.zip" } as const;

/** DuckDB's command line. */
export const duckdb: Recipe = {
  name: "duckdb",
  title: "duckdb",
  number: 1,
  words: ["latest"],
  systemPackages: [],
  neededPackages: [],
  sources: [
    {
      scheme: "",
      base: "https://api.github.com/repos/duckdb/duckdb/releases",
      title: "DuckDB's releases, as GitHub's API lists them",
      find: findReleased,
    },
    { scheme: "pypi", base: null, title: "a Python package index (package duckdb-cli)", find: findWheel },
  ],
  links: { duckdb: "bin/duckdb" },
  setUp: "chmod 755 bin/duckdb",
  check: { argv: ["duckdb", "--version"], pattern: /^v?(\d+\.\d+\.\d+)/mu },
};

async function findReleased({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const releases = await readReleases(`${base}?per_page=100`, read);
  const candidates = releases.flatMap(({ tag, assets }) => {
    const asset = assets.find(({ name }) => name === ASSET[arch]);
    return asset === undefined ? [] : [{ version: tag.replace(/^v/u, ""), asset }];
  });
  const found = newestFitting(request, candidates);
  if (found === null) return null;
  const { url, checksum, bytes } = found.asset;
  return {
    version: found.version,
    files: [{ url, checksum, bytes, format: "zip", into: "bin", strip: 0, only: ["duckdb"] }],
  };
}

/** Source: peps.python.org, PEP 691. */
async function findWheel({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const url = `${base}/duckdb-cli/`;
  const index = readIndex(await read(url, "application/vnd.pypi.simple.v1+json"), url);
  const pattern = new RegExp(
    `^duckdb_cli-(\\d+\\.\\d+\\.\\d+)-py3-none-[a-z0-9_.]*manylinux[a-z0-9_.]*_${arch}\\.whl$`,
    "u",
  );
  const candidates = listOf(isFields(index) ? index.files : null).flatMap((file) => {
    const version = pattern.exec(textIn(file, "filename") ?? "")?.[1];
    const checksum = sha256Of(isFields(file.hashes) ? textIn(file.hashes, "sha256") : null);
    const address = textIn(file, "url");
    if (version === undefined || checksum === null || address === null || !URL.canParse(address, url)) return [];
    const isYanked = file.yanked !== undefined && file.yanked !== false;
    return isYanked ? [] : [{ version, checksum, url: new URL(address, url).href, bytes: numberIn(file, "size") }];
  });
  const found = newestFitting(request, candidates);
  if (found === null) return null;
  const { version, ...file } = found;
  return { version, files: [{ ...file, format: "zip", into: "bin", strip: 1, only: ["duckdb_cli/duckdb"] }] };
}
