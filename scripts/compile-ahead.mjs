/*
 * Runs some commands of a fresh build in one process and keeps what V8 compiled for each of its parts, so that no later start
 * compiles it again. Prints the names of the files. They are only good for the same V8, which is in their names.
 *
 * usage: node scripts/compile-ahead.mjs DIST
 */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { compiledName, openParts, scriptOf } from "../src/parts.ts";

const dist = resolve(process.argv[2] ?? "dist");
/** By part. */
const scripts = new Map();

/** What people wait for most, and what looks at most parts; those that would change something end at a flag that is none. */
const COMMANDS = ["config", "config --json", "validate --json", "plan", "list", "status", "drift", "results list"];
COMMANDS.push("runs list", "logs 1", "plan --unknown");

/** A repository with a spec, and a limactl that lists one instance; nothing outside the folder is looked at. */
async function scene(folder) {
  const [home, bin] = [join(folder, "lima"), join(folder, "bin")];
  const dir = join(home, "other");
  await mkdir(dir, { recursive: true });
  await mkdir(bin);
  await writeFile(join(dir, "lima.yaml"), "plain: true\nparam:\n  of: somebody\n");
  const listed = JSON.stringify({ name: "other", status: "Stopped", dir, config: { plain: true } });
  const limactl = `#!/bin/sh\ncase "$*" in *--version) echo limactl version 2.2.0 ;; *) printf '%s\\t[]\\n' '${listed}' ;; esac\n`;
  await writeFile(join(bin, "limactl"), limactl, { mode: 0o755 });
  await writeFile(join(folder, "base.img"), "image");
  const image = `image = { location = "./base.img", arch = "${process.arch === "arm64" ? "aarch64" : "x86_64"}" }`;
  await writeFile(join(folder, "limaform.toml"), `project = "build"\nworkers = 1\n[vm]\n${image}\n`);
  process.chdir(folder);
  process.env.PATH = `${bin}:${process.env.PATH}`;
  process.env.LIMA_HOME = home;
  // No KVM is tried out.
  for (const arch of ["X86_64", "AARCH64"]) process.env[`QEMU_SYSTEM_${arch}`] = "qemu -accel tcg";
  // Packages may be built by root; limaform itself refuses it.
  process.geteuid = () => 1000;
  for (const key of Object.keys(process.env)) if (/^(GIT|LIMAFORM)_/.test(key)) delete process.env[key];
  const author = ["-c", "user.name=build", "-c", "user.email=build@localhost"];
  // Without git the commands end earlier, and less is compiled.
  for (const args of [
    ["init", "-q"],
    ["add", "-A"],
    [...author, "commit", "-qm", "first"],
  ])
    spawnSync("git", args);
}

process.env.OCLIF_DISABLE_ENGINE_WARNING = "1";
const load = openParts(dist, (file) => {
  const script = scriptOf(file);
  scripts.set(basename(file, ".js"), script);
  return script.runInThisContext();
});
const { main } = load("./main.js");

const folder = await mkdtemp(join(tmpdir(), "limaform-build-"));
const write = [process.stdout.write, process.stderr.write];
try {
  await scene(folder);
  process.stdout.write = () => true;
  process.stderr.write = () => true;
  for (const line of COMMANDS) await main(line.split(" "));
} finally {
  [process.stdout.write, process.stderr.write] = write;
  process.chdir(dist);
  await rm(folder, { recursive: true });
}
for (const [part, script] of scripts) {
  const name = compiledName(part);
  writeFileSync(join(dist, name), script.createCachedData());
  process.stdout.write(`${name}\n`);
}
// A signal handler or a timer of the program must not keep the build waiting.
process.exit(0);
