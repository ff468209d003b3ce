import { spawnSync } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readReport } from "../../src/resources/image/scan/report.js";
import { scanScript } from "../../src/resources/image/scan/script.js";
import { CREDENTIAL_FILES, SHAPES } from "../../src/resources/image/scan/shapes.js";
import { tracesOf } from "../../src/resources/image/scan/values.js";
import { makeUserRepository } from "../support/git-fixture.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/* The scan as the guest runs it, by a real shell, over a folder that plays its disk. Made up tokens only. */

const letters = (count: number): string => "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zA".repeat(5).slice(0, count);
const KEY = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END`;
const JWT = `eyJ${letters(30)}.eyJ${letters(40)}.${letters(43)}`;

/** One example of each shape, split so that no scanner of this repository stops at it. */
const EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  private_key: [KEY, `{"key": "-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB"}`],
  anthropic_token: [`sk-${"ant"}-api03-${letters(60)}`, `sk-${"ant"}-oat01-${letters(60)}`],
  openai_token: [`sk-${"proj"}-${letters(60)}`],
  github_token: [`gh${"p"}_${letters(36)}`, `github${"_pat"}_${letters(22)}_${letters(59)}`],
  gitlab_token: [`gl${"pat"}-${letters(20)}`],
  slack_token: [`xox${"b"}-123456789012-${letters(24)}`],
  npm_token: [`npm${"_"}${letters(36)}`, `//registry.npmjs.org/:_auth${"Token"}=${letters(36)}`],
  aws_key: [`AK${"IA"}Z7QRSTUVWXYZ2345`, `aws_secret_access_key = ${letters(40)}`],
  google_token: [`AI${"za"}${letters(35)}`],
  service_token: [`sk${"_live_"}${letters(24)}`, `hf${"_"}${letters(34)}`],
  jwt: [JWT],
  url_password: ["https://deploy:hunter2hunter2@git.corp.net/app.git", "http_proxy=http://me:s3cretword@proxy:3128"],
};

const NAMED: Readonly<Record<string, readonly [path: string, text: string]>> = {
  netrc_password: ["home/agent/.netrc", "machine git.corp.net login me password hunter2"],
  git_credentials: ["root/.git-credentials", "https://me:pw@git.corp.net"],
  registry_login: ["home/agent/.docker/config.json", '{"auths": {"r.corp.net": {"auth": "bWU6aHVudGVyMg=="}}}'],
  agent_login: ["home/agent/.claude/.credentials.json", `{"claudeAiOauth": {"accessToken": "${letters(30)}"}}`],
  package_token: ["home/agent/.cargo/credentials.toml", `[registry]\ntoken = "${letters(32)}"`],
  environment_secret: ["srv/app/.env", `API_TOKEN=${letters(24)}`],
};

interface Options {
  readonly secrets?: Readonly<Record<string, string>>;
  readonly allowed?: readonly string[];
  readonly repository?: string;
  readonly since?: string;
  readonly isScannedBefore?: boolean;
}

async function scan(root: string, { secrets = {}, allowed = [], repository, since, isScannedBefore }: Options = {}) {
  const { traces } = tracesOf(Object.entries(secrets).map(([name, value]) => ({ name, value })));
  const workFolder = `${root}.work`;
  await mkdir(workFolder, { recursive: true });
  const script = scanScript({
    ...{ root, workFolder, traces, allowed, since: since ?? null, isScannedBefore: isScannedBefore ?? false },
    repository: repository ?? null,
  });
  const { stdout, stderr, status } = spawnSync("sh", ["-s"], { input: script, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(await readdir(workFolder), "what the scan worked with is gone").toEqual([]);
  const report = readReport(stdout);
  if (report === null) throw new Error(`no report: ${stdout}`);
  return report;
}

async function plant(root: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

async function inFolder(test: (root: string) => Promise<void>): Promise<void> {
  const root = join(await temporaryFolder(), "disk");
  await mkdir(root);
  await test(root);
}

describe("the scan of an image for secrets", () => {
  it("has an example of every shape and every file name", () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(SHAPES.map(({ kind }) => kind).sort());
    expect(Object.keys(NAMED).sort()).toEqual(CREDENTIAL_FILES.map(({ kind }) => kind).sort());
  });

  it("finds each, in text, in a binary file, and without a line end, and never prints it", () =>
    inFolder(async (root) => {
      const all = Object.entries(EXAMPLES).flatMap(([kind, texts]) => texts.map((text, at) => ({ kind, text, at })));
      for (const { kind, text, at } of all) {
        const bytes = Buffer.concat([Buffer.from([0, 1, 255, 254, 0]), Buffer.from(text), Buffer.from([0, 200, 10])]);
        await plant(root, { [`opt/${kind}.${at}.txt`]: `x\n${text}\ny\n`, [`opt/${kind}.${at}.bin`]: bytes });
        await plant(root, { [`opt/${kind}.${at}.end`]: text });
      }
      const { found, files } = await scan(root);
      const wanted = all.flatMap(({ kind, at }) =>
        ["bin", "end", "txt"].map((end) => ({ kind, path: `/opt/${kind}.${at}.${end}` })),
      );
      expect(files).toBe(wanted.length);
      expect(sorted(found)).toEqual(sorted(wanted));
    }));

  it("finds what only the name of a file tells", () =>
    inFolder(async (root) => {
      await plant(root, Object.fromEntries(Object.values(NAMED)));
      const { found } = await scan(root);
      expect(sorted(found)).toEqual(
        sorted(Object.entries(NAMED).map(([kind, [path]]) => ({ kind, path: `/${path}` }))),
      );
    }));

  it("passes over look-alikes", () =>
    inFolder(async (root) => {
      await plant(root, {
        "opt/program": "\0-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0",
        "opt/public.pem": "-----BEGIN PUBLIC KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIB\n",
        "opt/manual": `AK${"IA"}IOSFODNN7EXAMPLE https://user:password@example.com npm_config_registry_is_a_long_variable`,
        "opt/short": "ghp_short sk-ant-api03-x glpat-1 eyJhbGciOi.eyJz.x https://host/path:80@2x.png",
        "home/agent/.npmrc": `//registry.npmjs.org/:_authToken=${"$"}{NPM_TOKEN}\n`,
        "home/agent/.netrc": "machine x login me\n",
        "srv/app/.env": "TOKEN_NAME=dev\nPASSWORD=changeme\n",
        "home/agent/.docker/config.json": '{"auths": {}}',
      });
      expect((await scan(root)).found).toEqual([]);
    }));

  it("finds the value of a declared secret in the usual encodings, everywhere", () =>
    inFolder(async (root) => {
      const value = "correct horse/battery+staple";
      const bytes = Buffer.from(`Basic ${value}`);
      await plant(root, {
        "a/plain": `x=${value}`,
        "a/base64": Buffer.from(value).toString("base64"),
        "a/inside": bytes.toString("base64"),
        "a/hex": Buffer.from(value).toString("hex"),
        "a/url": `?q=${encodeURIComponent(value)}`,
        "usr/lib/node_modules/pkg/index.js": `"${value}"`,
        "a/other": "correct horse",
      });
      const { found } = await scan(root, { secrets: { TOKEN: value } });
      expect(found.map(({ kind }) => kind)).toEqual(Array(6).fill("secrets.TOKEN"));
      expect(found.map(({ path }) => path)).not.toContain("/a/other");
    }));

  it("takes a value with the marks of expressions, quotes and several lines as what it is", () =>
    inFolder(async (root) => {
      await plant(root, {
        "a/one": "it's ($HOME)*[x]\\",
        "a/two": `head\n"private": "${letters(40)}"\n`,
        "a/no": "its HOME x",
      });
      const secrets = { ONE: "it's ($HOME)*[x]\\", TWO: `{\n"private": "${letters(40)}"\n}` };
      const { found } = await scan(root, { secrets });
      expect(sorted(found)).toEqual([
        { kind: "secrets.ONE", path: "/a/one" },
        { kind: "secrets.TWO", path: "/a/two" },
      ]);
    }));

  it("passes over what was published: dependencies, tool chains, files of packages as they came", () =>
    inFolder(async (root) => {
      await plant(root, {
        "srv/app/node_modules/ssh2/test/key.pem": KEY,
        "root/go/pkg/mod/x/testdata/key.pem": KEY,
        "usr/share/pkg/key.pem": KEY,
        "usr/share/pkg/changed.pem": `${KEY}\n`,
        "var/lib/dpkg/info/pkg.list": "/usr/share/pkg/key.pem\n/usr/share/pkg/changed.pem\n",
        "var/lib/dpkg/info/pkg.md5sums": `${md5(KEY)}  usr/share/pkg/key.pem\n${md5(KEY)}  usr/share/pkg/changed.pem\n`,
        "srv/app/node_modules/.package-lock.json": `git+https://me:hunter2hunter2@git.corp.net/x.git`,
        "etc/ssh/ssh_host_ed25519_key": KEY,
      });
      const { found, passed } = await scan(root);
      expect(sorted(found)).toEqual([
        { kind: "url_password", path: "/srv/app/node_modules/.package-lock.json" },
        { kind: "private_key", path: "/usr/share/pkg/changed.pem" },
      ]);
      expect(passed.map(({ why }) => why).sort()).toEqual(["dependency", "dependency", "identity", "package"]);
    }));

  it("does not read again what a package brought before the build began, and reads all the rest", () =>
    inFolder(async (root) => {
      await plant(root, {
        "usr/share/pkg/key.pem": KEY,
        "usr/lib/pkg/merged.pem": KEY,
        "opt/key.pem": KEY,
        "opt/new\nline": KEY,
        "var/lib/dpkg/info/pkg.list": "/usr/share/pkg\n/usr/share/pkg/key.pem\n/lib/pkg/merged.pem\n",
      });
      const after = new Date(Date.now() + 60_000).toISOString();
      const before = await scan(root, { since: after });
      expect(sorted(before.found).map(({ path }) => path)).toEqual(["/opt/key.pem", "/opt/new?line"]);
      expect(before.files).toBe(3);
      const all = await scan(root, { since: "2001-01-01T00:00:00.000Z" });
      expect(all.found.length + all.passed.length).toBe(4);
    }));

  it("looks through what a scanned image brought for values alone, and through all that came later for everything", () =>
    inFolder(async (root) => {
      const value = "correct-horse-battery";
      await plant(root, {
        "opt/old.pem": KEY,
        "opt/old.txt": `x ${value} y`,
        "opt/.npmrc": Object.values(NAMED)[0]?.[1] ?? "",
        "var/lib/dpkg/info/pkg.list": "",
      });
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const since = new Date().toISOString();
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await plant(root, { "opt/new.pem": KEY, "opt/new.txt": value });
      const quick = await scan(root, { since, isScannedBefore: true });
      expect(sorted(quick.found)).toEqual([{ kind: "private_key", path: "/opt/new.pem" }]);
      expect(quick.files).toBe(2);
      const valued = await scan(root, { since, isScannedBefore: true, secrets: { WORD: value } });
      expect(sorted(valued.found)).toEqual([
        { kind: "private_key", path: "/opt/new.pem" },
        { kind: "secrets.WORD", path: "/opt/new.txt" },
        { kind: "secrets.WORD", path: "/opt/old.txt" },
      ]);
    }));

  it("passes over what HEAD has, and not what was added to it", async () => {
    const repository = await makeUserRepository({ "test/key.pem": KEY, "other.pem": KEY });
    await writeFile(join(repository.root, "other.pem"), `${KEY} changed`);
    await writeFile(join(repository.root, "new.pem"), KEY);
    const root = dirname(repository.root);
    const { found } = await scan(root, { repository: repository.root.slice(root.length) });
    const names = found.map(({ path }) => path.split("/").at(-1)).sort();
    await repository.close();
    expect(names).toEqual(["new.pem", "other.pem"]);
  });

  it("passes over what the spec allows, by whole paths", () =>
    inFolder(async (root) => {
      await plant(root, { "srv/a b/x.pem": KEY, "srv/a b/y.key": KEY, "srv/c/x.pem": KEY });
      const { found, passed } = await scan(root, { allowed: ["/srv/a b/*.pem"] });
      expect(sorted(found).map(({ path }) => path)).toEqual(["/srv/a b/y.key", "/srv/c/x.pem"]);
      expect(passed).toEqual([{ kind: "private_key", why: "allowed", path: "/srv/a b/x.pem" }]);
    }));

  it("reads names with line ends, quotes and control characters", () =>
    inFolder(async (root) => {
      const token = `gh${"p"}_${letters(36)}`;
      await plant(root, { "a/new\nline": token, 'a/it\'s "x" $(id)': token, "a/-n": token, "a/\u001b[2J": token });
      const { found } = await scan(root);
      expect(sorted(found).map(({ path }) => path)).toEqual([
        "/a/-n",
        "/a/\\x1b[2J",
        '/a/it\'s "x" $(id)',
        "/a/new?line",
      ]);
    }));

  it("reads a file of 70 MiB without a line end", () =>
    inFolder(async (root) => {
      const big = Buffer.alloc(70 * 1024 ** 2);
      big.write(`gh${"p"}_${letters(36)}`, 69 * 1024 ** 2);
      await plant(root, { "a/big": big });
      expect((await scan(root)).found).toEqual([{ kind: "github_token", path: "/a/big" }]);
    }));
});

interface Found {
  readonly kind: string;
  readonly path: string;
}
const sorted = (found: readonly Found[]): readonly Found[] =>
  [...found].sort((left, right) => (`${left.path} ${left.kind}` < `${right.path} ${right.kind}` ? -1 : 1));

const md5 = (text: string): string => spawnSync("md5sum", { input: text, encoding: "utf8" }).stdout.slice(0, 32);
