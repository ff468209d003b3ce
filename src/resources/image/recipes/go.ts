import { badIndex, listOf, numberIn, readIndex, sha256Of, textIn } from "./index-text.js";
import type { Found, ReadText, Recipe, SourceQuery } from "./recipe.js";
import { newestFitting } from "./version.js";

const ARCH = { x86_64: "amd64", aarch64: "arm64" } as const;
const MODULE = "golang.org/toolchain";
const DATABASE = "sum.golang.org";

/** Go. Every version here has three numbers, also where Go itself writes two (1.20 is 1.20.0). */
export const go: Recipe = {
  name: "go",
  title: "go",
  number: 1,
  words: ["latest", "system"],
  systemPackages: ["golang-go"],
  neededPackages: [],
  sources: [
    { scheme: "", base: "https://go.dev/dl", title: "go.dev's download page", find: findOfficial },
    { scheme: "goproxy", base: null, title: "a Go module proxy (module golang.org/toolchain)", find: findModule },
  ],
  links: { go: "bin/go", gofmt: "bin/gofmt" },
  // A module's zip keeps no modes.
  setUp: "chmod 755 bin/* pkg/tool/*/*",
  check: { argv: ["go", "version"], pattern: /^go version go(\d+(?:\.\d+){1,2})/mu },
};

async function findOfficial({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const index = `${base}/?mode=json&include=all`;
  const candidates = listOf(readIndex(await read(index), index)).flatMap((release) => {
    const version = /^go(\d+(?:\.\d+){1,2})$/u.exec(textIn(release, "version") ?? "")?.[1];
    const file = listOf(release.files).find(
      (each) => each.os === "linux" && each.arch === ARCH[arch] && each.kind === "archive",
    );
    const checksum = sha256Of(file === undefined ? null : textIn(file, "sha256"));
    const name = file === undefined ? null : textIn(file, "filename");
    const isUsable = version !== undefined && file !== undefined && checksum !== null && name !== null;
    return isUsable ? [{ version, checksum, url: `${base}/${name}`, bytes: numberIn(file, "size") }] : [];
  });
  const found = newestFitting(request, candidates);
  if (found === null) return null;
  const { version, ...file } = found;
  return { version, files: [{ ...file, format: "tar.gz", into: "", strip: 1, only: [] }] };
}

/**
 * The toolchain as Go's own command fetches it, with the hash that Go's checksum database has for it; the proxy serves
 * that database too.
 *
 * Source: go.dev/ref/mod, "Module proxies" and "Checksum database"; go.dev/doc/toolchain.
 */
async function findModule({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const suffix = `linux-${ARCH[arch]}`;
  const list = (await read(`${base}/${MODULE}/@v/list`)).split("\n");
  const candidates = list.flatMap((line) => {
    const match = /^v0\.0\.1-go(\d+(?:\.\d+){1,2})\.(.+)$/u.exec(line.trim());
    return match?.[1] !== undefined && match[2] === suffix ? [{ version: match[1], name: line.trim() }] : [];
  });
  const found = newestFitting(request, candidates);
  if (found === null) return null;
  const lookUp = `${base}/sumdb/${DATABASE}/lookup/${MODULE}@${found.name}`;
  const prefix = `${MODULE} ${found.name} h1:`;
  const value = (await read(lookUp))
    .split("\n")
    .find((line) => line.startsWith(prefix))
    ?.slice(prefix.length);
  if (value === undefined || !/^[A-Za-z0-9+/]{43}=$/u.test(value)) throw badIndex(lookUp, "it has no hash");
  const url = `${base}/${MODULE}/@v/${found.name}.zip`;
  const checksum = { algorithm: "h1", value } as const;
  // Its files are in the folders golang.org and toolchain@VERSION.
  return {
    version: found.version,
    files: [{ url, checksum, bytes: null, format: "zip", into: "", strip: 2, only: [] }],
  };
}
