/*
 * Runs some commands of a fresh build in one process and keeps what V8 compiled for each of its parts, so that no later start
 * compiles it again. Prints the names of the files. They are only good for the same V8, which is in their names.
 *
 * usage: node scripts/compile-ahead.mjs DIST
 */
import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { compiledName, openParts, scriptOf } from "../src/parts.ts";

const dist = resolve(process.argv[2] ?? "dist");
/** By part. */
const scripts = new Map();

/** What people wait for most, and what looks at most parts; those that would change something end at a flag that is none. */
const COMMANDS = ["config", "config --json", "validate --json", "plan", "list", "status", "drift", "results list"];
COMMANDS.push(
  "runs list",
  "logs 1",
  "plan --unknown",
  "apply --unknown",
  "trust",
  "unlock",
  "image show",
  "ssh-config",
);
/** These end at what is not there: a worker, a run, a result. */
const NO_RUN = "20260101-000000-aaaa";
COMMANDS.push("stop 1", "start 1", "shell 1", "cp 1:x y", "run -- true", "wait");
COMMANDS.push(`runs show ${NO_RUN}`, `runs cancel ${NO_RUN}`, `results show ${NO_RUN}`);

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
  const secret = '[secrets]\nKEY_OF_BUILD = { env = "KEY_OF_BUILD" }';
  await writeFile(join(folder, "limaform.toml"), `project = "build"\nworkers = 1\n[vm]\n${image}\n${secret}\n`);
  process.env.KEY_OF_BUILD = "a-key-of-the-build";
  process.chdir(folder);
  process.env.PATH = `${bin}:${process.env.PATH}`;
  process.env.LIMA_HOME = home;
  process.env.XDG_RUNTIME_DIR = folder;
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

/** A worker that has all; its ssh says so. limactl, which is not asked, does not list it. */
async function worker(home, owner) {
  const name = "build-worker-1";
  const git = (...args) => spawnSync("git", args, { encoding: "utf8" }).stdout.trim();
  const head = git("rev-parse", "HEAD");
  const marks = { format: "1", project: "build", owner, role: "worker", address: "worker.default[1]", name, slot: "1" };
  const others = { revision: "ab", image: "-", sealed: "-", hold: "-", applied: "-" };
  const params = Object.entries({ ...marks, ...others }).map(([key, value]) => `  limaform_${key}: "${value}"\n`);
  const text = `param:\n${params.join("")}`;
  const note = (fields) => JSON.stringify({ format: "limaform.instance-file", version: 1, instance: name, ...fields });
  const at = new Date(0).toISOString();
  const push = { commit: head, carriedDigest: "", base: head, guestPath: "~/build", at };
  await mkdir(join(home, name));
  for (const [file, contents] of [
    ["lima.yaml", text],
    ["ssh.config", `Host lima-${name}\n  User build\n  Port 22\n`],
    ["limaform-ready.json", note({ readyAt: at })],
    ["limaform-push.json", note(push)],
    ["limaform-hostkey.json", note({ key: `ssh-ed25519 ${"A".repeat(68)}` })],
  ])
    await writeFile(join(home, name, file), contents);
  // The worker's own files lie in the repository.
  await writeFile(".git/info/exclude", "*\n");
  const branch = git("symbolic-ref", "--short", "HEAD");
  const said = `base ${head}\n# branch.oid ${head}\n# branch.head ${branch}\nend`;
  await writeFile(join(home, "../bin/ssh"), sshOf(said), { mode: 0o755 });
}

/** Says where the worker's code stands, takes a start, and tells of a run that is over; to all else it says the first again. */
function sshOf(stand) {
  const boot = "0b2e6f9c-8f0a-4a5e-9d53-3a3f1f1b7c11";
  const at = "2026-01-01T00:00:00Z";
  const said = '{"type":"result","subtype":"success","is_error":false,"result":"x","total_cost_usd":0,"usage":{}}\n';
  const steps = [`ready ${boot}`, `start ${at} ${boot}`, `agent ${at}`, `exit ${at} 0`, `end ${at} success exited 0`];
  const evidence = [`unit unknown`, `boot ${boot}`, `now ${at}`, "folder yes", ...steps, `stdout ${said.length}`];
  const look = [...evidence, "stderr 0", "out", Buffer.from(said).toString("base64"), "err", "."].join("\n");
  return [
    "#!/bin/sh",
    'case "$*" in',
    `*"echo looked"*) read -r word; printf '%s\\nlooked\\n' '${stand}'; cat >/dev/null; echo started ;;`,
    `*"stdout.log"*) echo '${look}' ;;`,
    `*) echo '${stand}' ;;`,
    "esac\n",
  ].join("\n");
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
  let said = "";
  process.stdout.write = (text) => {
    said += text;
    return true;
  };
  process.stderr.write = () => true;
  for (const line of COMMANDS) await main(line.split(" "));
  said = "";
  await main(["plan", "--json"]);
  await worker(process.env.LIMA_HOME, JSON.parse(said).owner);
  said = "";
  await main(["sync"]);
  const hasGit = spawnSync("git", ["--version"]).status === 0;
  if (hasGit && !said.includes("has commit"))
    throw new Error(`the stand-in of a worker is not as sync wants it: ${said}`);
  said = "";
  await main(["run", "x", "--agent", "claude", "--json"]);
  const [ran] = hasGit ? JSON.parse(said).workers : [];
  if (hasGit && ran.state !== "done") throw new Error(`the stand-in of a worker is not as run wants it: ${said}`);
} finally {
  [process.stdout.write, process.stderr.write] = write;
  process.chdir(dist);
  await rm(folder, { recursive: true });
}
// The others as V8 reads them at first; without, a start would have to set up Node's own cache.
for (const file of readdirSync(dist)) {
  const part = basename(file, ".js");
  if (file.endsWith(".js") && file !== "cli.js" && !scripts.has(part)) scripts.set(part, scriptOf(join(dist, file)));
}
for (const [part, script] of scripts) {
  const name = compiledName(part);
  writeFileSync(join(dist, name), script.createCachedData());
  process.stdout.write(`${name}\n`);
}
// A signal handler or a timer of the program must not keep the build waiting.
process.exit(0);
