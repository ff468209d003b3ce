import { readReleases } from "./github.js";
import type { Found, ReadText, Recipe, SourceQuery } from "./recipe.js";
import { newestFitting } from "./version.js";

const TARGET = { x86_64: "x86_64-unknown-linux-gnu", aarch64: "aarch64-unknown-linux-gnu" } as const;

/** Python with pip. The distribution's own python3 stays what its programs use; shells find this one first. */
export const python: Recipe = {
  name: "python",
  title: "python",
  number: 1,
  words: ["latest", "system"],
  systemPackages: ["python3", "python3-pip", "python3-venv", "python-is-python3"],
  neededPackages: [],
  sources: [
    {
      scheme: "",
      base: "https://api.github.com/repos/astral-sh/python-build-standalone/releases",
      title: "the releases of python-build-standalone, as GitHub's API lists them",
      find: findStandalone,
    },
  ],
  links: { python3: "bin/python3", python: "bin/python3", pip3: "bin/pip3", pip: "bin/pip3" },
  setUp: "[ -e bin/pip3 ] && [ -e bin/python3 ]",
  check: { argv: ["python3", "--version"], pattern: /^Python (\d+\.\d+\.\d+)/mu },
};

/** A release holds one patch release of each Python that is alive; the newest releases are looked at. */
async function findStandalone({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const releases = await readReleases(`${base}?per_page=3`, read);
  const pattern = new RegExp(
    `^cpython-(\\d+\\.\\d+\\.\\d+)\\+\\d+-${TARGET[arch]}-install_only_stripped\\.tar\\.gz$`,
    "u",
  );
  const candidates = releases.flatMap(({ assets }) =>
    assets.flatMap((asset) => {
      const version = pattern.exec(asset.name)?.[1];
      return version === undefined ? [] : [{ version, asset }];
    }),
  );
  const found = newestFitting(request, candidates);
  if (found === null) return null;
  const { url, checksum, bytes } = found.asset;
  return { version: found.version, files: [{ url, checksum, bytes, format: "tar.gz", into: "", strip: 1, only: [] }] };
}
