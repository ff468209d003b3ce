/*
 * What a linked clone costs beside a plain one: bytes on the disk and seconds of `limactl clone`, side by side, and against
 * the clone of an empty instance. Nothing boots: the instances are dummies, two of them with a large random disk, one of
 * which is sealed by limaform's own code.
 *
 * usage: node bench/clones.mjs [--rounds N] [--mib N] [--json]      (make bench; not as root: Lima refuses it)
 * Ends with 1 when a goal is missed. Uses a LIMA_HOME of its own and removes it.
 */
import { spawnSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdtemp, open, readdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { median, row } from "./lib/figures.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MIB = 1024 ** 2;
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";

/** Goals of issue 3. Shares: linked against plain, and linked against the clone of an empty instance. */
export const GOALS = { leastDiskMb: 500, bytesOfPlain: 1 / 10, secondsOfPlain: 1 / 8, secondsOfEmpty: 2.5 };

export { median };

/** Medians by sort of clone to shares and the goals that they miss. Shape: `missed` is empty when all is well. */
export function judge({ goldenBytes, empty, plain, linked }) {
  const rows = [
    ["bytes, linked : plain", linked.bytes / plain.bytes, GOALS.bytesOfPlain],
    ["time, linked : plain", linked.seconds / plain.seconds, GOALS.secondsOfPlain],
    ["time, linked : empty dummy", linked.seconds / empty.seconds, GOALS.secondsOfEmpty],
  ].map(([name, share, atMost]) => ({ name, share, atMost, isMet: share <= atMost }));
  const missed = rows.filter(({ isMet }) => !isMet).map(({ name }) => name);
  return { rows, missed: goldenBytes < GOALS.leastDiskMb * 1e6 ? ["size of the golden disk", ...missed] : missed };
}

/** The sources are TypeScript whose imports end in .js, so they are bundled before they run. */
async function loadSources(folder) {
  const outfile = join(folder, "sources.mjs");
  await build({
    stdin: {
      contents: `
        export { createLimaAdapter } from "./src/adapters/lima/adapter.ts";
        export { encodeMarks } from "./src/record/marks-codec.ts";
        export { renderTemplate } from "./src/resources/image/template.ts";
      `,
      resolveDir: root,
      loader: "ts",
    },
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    // Packages that are CommonJS call require for Node's own modules.
    banner: {
      js: 'import { createRequire as makeRequire } from "node:module"; const require = makeRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  return import(pathToFileURL(outfile).href);
}

function call(command, args, env) {
  const { status, error, stderr } = spawnSync(command, args, { env, cwd: "/", encoding: "utf8", timeout: 300_000 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}: ${stderr.trim()}`);
}

/** A whole Lima template of an instance that cannot boot: an ordinary small file stands for its image. */
function dummy({ renderTemplate, encodeMarks }, name) {
  const marks = { format: 1, project: "bench", owner: "0123456789ab", role: "image", address: "image.golden", name };
  return renderTemplate({
    params: encodeMarks({ ...marks, slot: 0, revision: "abcdef", image: "", sealed: "", hold: "", applied: null }),
    entry: { location: "/etc/profile", arch: ARCH, digest: null, kernel: null, initrd: null, cmdline: null },
    ...{ vmType: "qemu", cpus: 1, memoryBytes: 256 * MIB, diskBytes: MIB, user: "agent" },
  });
}

/** A qcow2 disk full of random bytes: no file system, compressor or hole can make it small. */
async function randomDisk(folder, mib, env) {
  const raw = join(folder, "random.raw");
  const file = await open(raw, "wx");
  const block = Buffer.alloc(MIB);
  try {
    for (let written = 0; written < mib; written += 1) await file.write(randomFillSync(block));
  } finally {
    await file.close();
  }
  const disk = join(folder, "random.qcow2");
  call("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", raw, disk], env);
  await rm(raw);
  return disk;
}

/**
 * What a folder takes on the disk, as du says it: allocated blocks, not lengths. A file that has another name elsewhere is
 * there already.
 */
async function allocatedBytes(folder) {
  const files = await readdir(folder, { recursive: true });
  const found = await Promise.all([".", ...files].map((name) => stat(join(folder, name))));
  const own = found.filter((file) => file.isDirectory() || file.nlink === 1);
  return own.reduce((sum, { blocks }) => sum + blocks * 512, 0);
}

/** One clone, its program's start included; then its size; then it goes. */
async function measureClone({ home, env, lima, options }, source) {
  const name = `${source}-clone`;
  const startedMs = performance.now();
  if (source === "whole") await lima.writer.clone(source, name, { marks: { name } }, options);
  else call("limactl", ["--tty=false", "clone", source, name, "--param", `limaform_name=${name}`], env);
  const seconds = (performance.now() - startedMs) / 1000;
  // Else the write-back of one clone slows down the next one.
  call("sync", [], env);
  const bytes = await allocatedBytes(join(home, name));
  call("limactl", ["--tty=false", "delete", "-f", name], env);
  call("sync", [], env);
  return { seconds, bytes };
}

/**
 * `empty`, `linked` and `plain` are `limactl clone` alone. `whole` is limaform's clone of an image that is booted by kernel
 * and initrd: look at the source, limactl, second names for both files.
 */
const SORTS = ["empty", "linked", "whole", "plain"];
const KERNEL_MIB = 22;

async function measure({ rounds, mib }) {
  // Short: the paths of sockets under it are limited.
  const home = await realpath(await mkdtemp("/tmp/lfb."));
  const folder = await mkdtemp(join(tmpdir(), "limaform-bench-"));
  try {
    const sources = await loadSources(folder);
    const { PATH = "/usr/bin:/bin", HOME = "/" } = process.env;
    const env = { PATH, HOME, LIMA_HOME: home, LC_ALL: "C.UTF-8" };
    const state = join(home, "_limaform", "bench");
    const invocation = ["limaform", "bench"];
    const lima = sources.createLimaAdapter({ home, state, env, invocation, bootId: async () => "bench" });
    const { cloneMethod } = await lima.reader.host();
    if (cloneMethod !== "linked") return { cloneMethod };
    const options = { signal: new AbortController().signal, timeoutMs: 120_000 };
    for (const sort of SORTS) await lima.writer.create(sort, dummy(sources, sort), options);
    const disk = await randomDisk(folder, mib, env);
    const goldenBytes = (await stat(disk)).blocks * 512;
    for (const sort of ["linked", "whole", "plain"]) {
      call("cp", [disk, join(home, `${sort}.disk`)], env);
      await rename(join(home, `${sort}.disk`), join(home, sort, "disk"));
    }
    await writeFile(join(home, "whole", "initrd"), randomFillSync(Buffer.alloc(KERNEL_MIB * MIB)));
    const startedMs = performance.now();
    await lima.disks.seal("linked", options);
    const sealSeconds = (performance.now() - startedMs) / 1000;
    await lima.disks.seal("whole", options);
    const figures = Object.fromEntries(SORTS.map((sort) => [sort, []]));
    // The first round warms the caches and does not count. Sorts take turns, and each round begins with another one, so
    // that other load, and what the clone before left to be written, meets all of them.
    for (let round = 0; round <= rounds; round += 1) {
      for (const sort of [...SORTS.slice(round % SORTS.length), ...SORTS.slice(0, round % SORTS.length)]) {
        const figure = await measureClone({ home, env, lima, options }, sort);
        if (round > 0) figures[sort].push(figure);
      }
    }
    return { cloneMethod, goldenBytes, sealSeconds, figures };
  } finally {
    await rm(home, { recursive: true, force: true });
    await rm(folder, { recursive: true, force: true });
  }
}

const mb = (bytes) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB`;
const sec = (seconds) => `${seconds.toFixed(3)} s`;

const TITLES = {
  empty: "empty dummy (disk of 1 MiB)",
  plain: "plain clone (limactl's own copy)",
  linked: "linked clone (limaform's seal)",
  whole: "limaform's whole clone, with kernel",
};

function table({ goldenBytes, sealSeconds, rounds, medians, figures, verdict }) {
  const lines = ["plain", "linked", "whole", "empty"].map((sort) => {
    const seconds = figures[sort].map((figure) => figure.seconds);
    const range = `${Math.min(...seconds).toFixed(3)} … ${Math.max(...seconds).toFixed(3)}`;
    const all = mb(medians[sort].bytes * rounds);
    return `  ${TITLES[sort].padEnd(36)}${mb(medians[sort].bytes).padStart(11)}${all.padStart(12)}${sec(medians[sort].seconds).padStart(11)}   ${range}`;
  });
  const goals = verdict.rows.map(({ name, share, atMost, isMet }) => {
    return `  ${isMet ? "met   " : "MISSED"}  ${name.padEnd(28)}${share.toFixed(4).padStart(8)}   (goal: at most ${atMost})`;
  });
  return [
    `Golden disk: ${mb(goldenBytes)} of random bytes in qcow2; sealed in ${sec(sealSeconds)}, which makes no copy of it.`,
    `Clones: ${rounds} of each, in turn; medians; bytes as allocated (st_blocks); limactl's own start is in the time.`,
    "",
    `  ${"".padEnd(36)}${"a clone".padStart(11)}${`all ${rounds}`.padStart(12)}${"time".padStart(11)}   least … most`,
    ...lines,
    "",
    ...goals,
    ...(goldenBytes < GOALS.leastDiskMb * 1e6
      ? [`  MISSED  the golden disk is smaller than ${GOALS.leastDiskMb} MB`]
      : []),
    "",
  ].join("\n");
}

function positive(text, name) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name}: expected a whole number of at least 1, found ${text}`);
}

function mediansOf(figures) {
  return Object.fromEntries(
    Object.entries(figures).map(([sort, taken]) => [
      sort,
      { seconds: median(taken.map(({ seconds }) => seconds)), bytes: median(taken.map(({ bytes }) => bytes)) },
    ]),
  );
}

export const bench = {
  name: "clones",
  title: "linked clones : plain clones, and : clones of an empty instance",
  async run({ quick }) {
    if (process.getuid?.() === 0) throw new Error("Lima does not run as root; use: make bench");
    const found = await measure({ rounds: quick ? 2 : 4, mib: 512 });
    if (found.cloneMethod !== "linked") throw new Error(`clones here are made by "${found.cloneMethod}"`);
    const { rows } = judge({ goldenBytes: found.goldenBytes, ...mediansOf(found.figures) });
    return rows.map(({ name, share, atMost }) => row(name, share, atMost));
  },
};

async function main(argv) {
  const { values } = parseArgs({
    args: argv,
    options: {
      rounds: { type: "string", default: "4" },
      mib: { type: "string", default: "512" },
      json: { type: "boolean", default: false },
    },
  });
  if (process.getuid?.() === 0) throw new Error("Lima does not run as root; use: make bench");
  const rounds = positive(values.rounds, "rounds");
  const found = await measure({ rounds, mib: positive(values.mib, "mib") });
  if (found.cloneMethod !== "linked") {
    process.stdout.write(`Nothing to compare: clones here are made by "${found.cloneMethod}", not as linked clones.\n`);
    return 0;
  }
  const medians = mediansOf(found.figures);
  const verdict = judge({ goldenBytes: found.goldenBytes, ...medians });
  const document = { ...found, rounds, medians, verdict };
  process.stdout.write(values.json ? `${JSON.stringify(document, null, 2)}\n` : table(document));
  return verdict.missed.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
