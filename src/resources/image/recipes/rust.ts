import { badIndex, sha256Of } from "./index-text.js";
import type { Found, ReadText, Recipe, SourceQuery, ToolFile } from "./recipe.js";
import type { VersionRequest } from "./version.js";

const TARGET = { x86_64: "x86_64-unknown-linux-gnu", aarch64: "aarch64-unknown-linux-gnu" } as const;
const OFFICIAL = "https://static.rust-lang.org";
/** What of the distribution is installed, and the folder that its archive has it in. */
const COMPONENTS = ["rustc", "cargo", "rust-std", "clippy-preview", "rustfmt-preview"] as const;

/** The Rust toolchain without its manuals, not by rustup: one version, the image's. */
export const rust: Recipe = {
  name: "rust",
  title: "rust",
  number: 1,
  words: ["latest", "stable", "system"],
  systemPackages: ["rustc", "cargo"],
  // A linker, and what it links against.
  neededPackages: ["gcc", "libc6-dev"],
  sources: [{ scheme: "", base: OFFICIAL, title: "static.rust-lang.org, as rustup uses it", find: findChannel }],
  links: Object.fromEntries(
    ["rustc", "cargo", "rustdoc", "rustfmt", "cargo-fmt", "cargo-clippy", "clippy-driver"].map((name) => [
      name,
      `bin/${name}`,
    ]),
  ),
  setUp: "rm -rf share/doc share/man manifest.in; [ -e bin/rustc ] && [ -e bin/cargo ]",
  check: { argv: ["rustc", "--version"], pattern: /^rustc (\d+\.\d+\.\d+)/mu },
};

/** A channel's manifest lists the components with their checksums. Its addresses are the official ones, also on a mirror. */
async function findChannel({ base, request, arch }: SourceQuery, read: ReadText): Promise<Found | null> {
  const url = `${base}/dist/channel-rust-${channelOf(request)}.toml`;
  const tables = tablesOf(await read(url));
  const version = /^(\d+\.\d+\.\d+)/u.exec(tables.get("pkg.rust")?.get("version") ?? "")?.[1];
  if (version === undefined) throw badIndex(url, "it has no version of pkg.rust");
  if (!isWanted(request, version)) return null;
  // Of old releases not every architecture is kept.
  if (!tables.get(`pkg.rustc.target.${TARGET[arch]}`)?.has("url")) return null;
  const files = COMPONENTS.map((component): ToolFile => {
    const table = tables.get(`pkg.${component}.target.${TARGET[arch]}`);
    const address = table?.get("url");
    const checksum = sha256Of(table?.get("hash") ?? null);
    if (address === undefined || checksum === null) throw badIndex(url, `it has no ${component} for ${TARGET[arch]}`);
    // NAME-VERSION-TARGET/COMPONENT/…: all components share one tree.
    const rest = { bytes: null, format: "tar.gz", into: "", strip: 2, only: [] } as const;
    return { url: address.startsWith(OFFICIAL) ? base + address.slice(OFFICIAL.length) : address, checksum, ...rest };
  });
  return { version, files };
}

/** "1" and words are the stable channel; a minor or a patch release has a manifest of its own. */
const channelOf = (request: VersionRequest): string =>
  request.kind === "word" || request.parts.length === 1 ? "stable" : request.parts.join(".");

const isWanted = (request: VersionRequest, version: string): boolean =>
  request.kind === "word" || request.parts.every((part, index) => part === Number(version.split(".")[index]));

/**
 * Texts of a manifest by table. Of TOML only what these generated files have: one `key = "text"` a line.
 *
 * Source: github.com/rust-lang/rust, src/tools/build-manifest.
 */
export function tablesOf(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const tables = new Map<string, Map<string, string>>();
  let table: Map<string, string> | null = null;
  for (const line of text.split("\n")) {
    const name = /^\[([^[\]]+)\]$/u.exec(line)?.[1];
    if (name !== undefined) {
      table = new Map();
      tables.set(name, table);
    } else if (line.startsWith("[[")) {
      table = null;
    } else {
      const pair = /^([a-z_]+) = "([^"\\]*)"$/u.exec(line);
      if (pair?.[1] !== undefined && pair[2] !== undefined) table?.set(pair[1], pair[2]);
    }
  }
  return tables;
}
