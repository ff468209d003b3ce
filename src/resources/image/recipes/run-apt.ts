import type { CachedFile, ExpectedFile } from "../../../ports/downloads.js";
import { sha256Hex } from "../../../util/digest.js";
import { textOrNull, textsOf } from "../../inputs.js";
import type { BuildRunner } from "../build-step.js";
import { APT_CONF, APT_FOLDER, type AptFile, aptConf, fetchedBytes, MIRROR_SCRIPT, readUris } from "./apt-conf.js";
import { keepIndexes, pushIndexes } from "./apt-indexes.js";
import { type GuestWork, installFailed, runAsRoot, runLogged } from "./guest-work.js";
import { parseMirror } from "./mirror.js";

const UPDATE_PAUSES_MS = [2_000, 8_000];
const ARCHIVES = "/var/cache/apt/archives";

/**
 * Packages of the distribution. What apt would download comes from the host's cache where it is there; apt holds it
 * against its signed index like everything else. What it still downloads is brought to that cache.
 */
export const runApt: BuildRunner = async (ports, { instance }, { title, inputs, timeoutMs }, context) => {
  const work: GuestWork = { ports, instance, timeoutMs, context, title, key: "tools.apt" };
  const packages = textsOf(inputs, "packages");
  const mirror = parseMirror(textOrNull(inputs, "mirror") ?? "")?.base ?? null;
  await setUp(work, mirror);
  const { memory, mayKeep } = await indexesOf(work, mirror);
  const pushed = await pushIndexes(work, memory);
  const indexBytes = await update(work, pushed !== null);
  if (mayKeep) await keepIndexes(work, memory, pushed);
  const files = readUris(
    (await runAsRoot(work, "asking apt what it needs", `${APT} --print-uris install -- "$@"`, { args: packages }))
      .stdout,
  );
  const cached = await pushFiles(work, files);
  context.report(`${title}: installing`);
  const install = await runLogged(work, {
    argv: ["sh", "-c", `${APT} install -- "$@"`, "limaform", ...packages],
    asRoot: true,
  });
  if (install.exitCode !== 0) throw installFailed(work, `apt-get install ${packages.join(" ")}`, install.exitCode);
  const missing = files.filter(({ sha256 }) => !cached.has(sha256));
  await bringBack(work, missing);
  await runAsRoot(work, "tidying up", `rm -rf ${APT_FOLDER}`);
  return {
    version: null,
    source: mirror ?? "the sources of the base image",
    downloadedBytes: sum(missing),
    indexBytes,
    cachedBytes: sum([...cached.values()]),
  };
};

const APT = `DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 apt-get -c ${APT_CONF} --quiet --yes`;

const sum = (files: readonly { readonly bytes: number }[]): number => files.reduce((all, { bytes }) => all + bytes, 0);

async function setUp(work: GuestWork, mirror: string | null): Promise<void> {
  const script = `rm -rf ${APT_FOLDER}; mkdir -p ${APT_FOLDER}; umask 077; cat > ${APT_CONF}`;
  const proxies = work.ports.downloads.proxies();
  await runAsRoot(work, "writing apt's settings", script, { stdin: aptConf(proxies, mirror) });
  if (mirror !== null) await runAsRoot(work, "writing apt's sources", MIRROR_SCRIPT, { args: [mirror] });
}

/**
 * Where this build's indexes are kept. apt without network believes the indexes that it has: so they come only from builds
 * on the same base image, by the host's word, and only from a disk on which no later step has run yet.
 */
async function indexesOf(work: GuestWork, mirror: string | null) {
  const note = await work.ports.files.readBuild(work.instance);
  const parts = [note?.origin ?? work.instance, await release(work), mirror ?? ""];
  return {
    memory: `apt-${sha256Hex(JSON.stringify(parts)).slice(0, 16)}`,
    mayKeep: note !== null && note.origin !== "" && note.resumed.length === 0,
  };
}

/** What the indexes are of: distribution, version, architecture. */
async function release(work: GuestWork): Promise<string> {
  const script =
    '. /etc/os-release; echo "$ID $VERSION_ID $(dpkg --print-architecture)"; cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2> /dev/null || true';
  return (await runAsRoot(work, "reading /etc/os-release", script)).stdout;
}

/** Errors: TOOL_INSTALL_FAILED, unless indexes of an earlier build are there: then these count. */
async function update(work: GuestWork, hasIndexes: boolean): Promise<number> {
  const { context, ports, title } = work;
  for (let round = 0; ; round += 1) {
    context.report(`${title}: reading the distribution's index`);
    const result = await runLogged(work, { argv: ["sh", "-c", `${APT} update`], asRoot: true });
    if (result.exitCode === 0) return fetchedBytes(result.stdout);
    const pause = UPDATE_PAUSES_MS[round];
    if (pause !== undefined) {
      await ports.clock.sleep(pause, context.signal);
    } else if (hasIndexes) {
      context.log(`${title}: apt-get update failed, so the index of an earlier build counts`);
      return 0;
    } else {
      throw installFailed(work, "apt-get update", result.exitCode);
    }
  }
}

async function pushFiles(work: GuestWork, files: readonly AptFile[]): Promise<ReadonlyMap<string, CachedFile>> {
  const cached = new Map<string, CachedFile>();
  const names: string[] = [];
  for (const { name, sha256 } of files) {
    const file = await work.ports.downloads.find({ algorithm: "sha256", value: sha256 });
    if (file === null) continue;
    cached.set(sha256, file);
    names.push(`${ARCHIVES}/${name}`, String(file.bytes));
  }
  if (cached.size === 0) return cached;
  work.context.report(`${work.title}: ${cached.size} of ${files.length} packages from this host's cache`);
  const script = 'while [ $# -gt 0 ]; do head -c "$2" > "$1"; shift 2; done';
  const stdin = work.ports.downloads.open([...cached.values()]);
  await runAsRoot(work, "taking packages from the host", script, { args: names, stdin });
  return cached;
}

/** Losing one costs a download in the next build, no more: what is not what the index says is left out. */
async function bringBack(work: GuestWork, files: readonly AptFile[]): Promise<void> {
  if (files.length === 0) return;
  const { ports, instance, context, timeoutMs } = work;
  context.report(`${work.title}: keeping ${files.length} packages in this host's cache`);
  const expected: ExpectedFile[] = files.map(({ sha256, bytes }) => ({
    checksum: { algorithm: "sha256", value: sha256 },
    bytes,
  }));
  const argv = ["cat", ...files.map(({ name }) => `${ARCHIVES}/${name}`)];
  const taken = await ports.downloads.keep(expected, async (onStdout) => {
    await ports.guest.exec(instance, { argv, asRoot: true }, { signal: context.signal, timeoutMs, onStdout });
  });
  context.log(`${taken} of ${files.length} downloaded packages are in this host's cache now`);
}
