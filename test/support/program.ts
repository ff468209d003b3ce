import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { LimaformEvent } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { sha256Hex } from "../../src/util/digest.js";
import { checkOutput } from "./documents.js";
import { end } from "./e2e-guard.js";

/* The built program as a user has it, on the fake limactl and the fake ssh. */

const FAKE_BIN = fileURLToPath(new URL("../fixtures/fake-lima/bin", import.meta.url));
export const CLI = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";

/** Of this test process alone: a limactl at work on an instance is found by the instance's name, wherever it runs. */
export const PROJECT = `shop-${process.pid.toString(36)}`;
export const worker = (slot: number): string => `${PROJECT}-worker-${slot}`;

export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** To limaform alone; a terminal's Ctrl-C would reach its group, in which it is alone too. */
  signal(name: NodeJS.Signals): void;
  /** Nobody reads its stdout any more. */
  closeOutput(): void;
}

/** One call of limactl: its verb and the instance that it is about. */
export interface LimactlCall {
  readonly verb: string;
  readonly args: readonly string[];
  readonly pid: number;
}

export interface ProgramWorld {
  readonly home: string;
  /** A user's repository with a spec. */
  readonly root: string;
  /** The project's state folder. */
  readonly state: string;
  readonly env: Readonly<Record<string, string>>;
  start(argv: readonly string[], options?: RunOptions): RunningProgram;
  run(argv: readonly string[], options?: RunOptions): Promise<Ended>;
  /** Runs, expects the code and gives stdout. */
  expect(code: number, ...argv: readonly string[]): Promise<string>;
  /** With `--json`: gives the one document. */
  json<T = Record<string, unknown>>(code: number, ...argv: readonly string[]): Promise<T>;
  plan(): Promise<Plan>;
  apply(): Promise<ApplyDocument>;
  git(...args: readonly string[]): string;
  /** Writes a file of the repository. */
  write(path: string, text: string): void;
  /** Changes the spec's text. */
  edit(from: string | RegExp, to: string): void;
  spec(): string;
  /** Settings and faults of the fake; see test/fixtures/fake-lima/README.md. */
  configure(config: object): void;
  calls(): readonly LimactlCall[];
  /** The calls since the last look that change something, as `verb instance`. */
  changes(): readonly string[];
  /** Past limaform, as a user at the terminal would. */
  limactl(...args: readonly string[]): string;
  instances(): readonly string[];
  status(name: string): string;
  /** A slow fake has its boot under way. */
  isBooting(name: string): boolean;
  /** Ends the boot of a guest that a slow fake has under way. */
  bootNow(name: string): void;
  /** SIGKILL to the limactl calls that still run. */
  killLimactl(): void;
  /** Lets calls go on that a fault made wait. */
  go(): void;
  /** A path outside the repository and LIMA_HOME. */
  scratch(name: string): string;
  /** Keeps LIMA_HOME and the repository as they are; nothing may run. */
  save(): void;
  /** Ends what runs and brings back what was saved, with a fresh log of calls and no faults. */
  restore(): void;
  close(): void;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Given on stdin; without it stdin is empty. */
  readonly stdin?: string;
}

const MUTATING = new Set(["create", "clone", "edit", "delete", "start", "stop", "protect", "unprotect"]);

/** One worker whose code is a folder without git; not applied yet. */
export function makeFolderWorld(files: Readonly<Record<string, string>>): ProgramWorld {
  const world = makeProgramWorld("workers = 1\n", '[repo]\nmode = "files"\n');
  rmSync(join(world.root, ".git"), { recursive: true });
  for (const [path, text] of Object.entries(files)) world.write(path, text);
  return world;
}

/** `lima`: the real limactl is for instances that cannot boot. `spec`: what follows the `project`, `vm.image` and `vm.disk` of a small fleet; `workers = 2` and no hooks unless given. */
export function makeProgramWorld(spec = "workers = 2\n", tables = "", lima: "fake" | "real" = "fake"): ProgramWorld {
  if (process.geteuid?.() === 0) throw new Error("Lima refuses root: run these tests as an ordinary user");
  // Short: the paths of sockets under it are limited.
  const folder = realpathSync(mkdtempSync("/tmp/lfp."));
  const [home, root, userHome] = ["lima", "shop", "user"].map((name) => join(folder, name)) as [string, string, string];
  const saved = join(folder, "saved");
  for (const path of [home, root, userHome]) mkdirSync(path, { mode: 0o700 });
  const env: Record<string, string> = {
    PATH: [
      ...(lima === "fake" ? [FAKE_BIN] : []),
      ...[dirname(process.execPath), process.env.PATH ?? "/usr/bin:/bin"],
    ].join(delimiter),
    HOME: userHome,
    LANG: "C.UTF-8",
    LIMA_HOME: home,
    GIT_CONFIG_NOSYSTEM: "1",
    XDG_RUNTIME_DIR: "",
    // No KVM probe.
    QEMU_SYSTEM_X86_64: "qemu-system-x86_64 -machine q35 -accel kvm",
    QEMU_SYSTEM_AARCH64: "qemu-system-aarch64 -machine virt -accel kvm",
  };
  writeFileSync(join(root, "base.img"), Buffer.alloc(65_536, 7));
  writeFileSync(join(root, "README.md"), "# shop\n");
  writeFileSync(
    join(root, "limaform.toml"),
    `# The fleet of the shop.\nproject = "${PROJECT}"\n${spec}\n[vm]\ncpus = 1\nmemory = "512MiB"\ndisk = "16MiB"\n` +
      `image = { location = "./base.img", arch = "${ARCH}" }\n${tables}`,
  );
  const git = (...args: readonly string[]): string =>
    execFileSync("git", args, { cwd: root, env, encoding: "utf8" }).replace(/\n$/u, "");
  git("init", "-q", "-b", "main");
  git("config", "user.name", "Uma User");
  git("config", "user.email", "uma@example.org");
  git("add", "-A");
  git("commit", "-q", "-m", "first");

  const bootFile = (name: string): string => join(home, "_fake", "guests", name, "run", "fake-boot.json");
  const world: ProgramWorld = {
    ...{ home, root, env, git },
    state: join(home, "_limaform", PROJECT),
    start: (argv, options = {}) => startProgram(argv, { cwd: root, ...options, env: { ...env, ...options.env } }),
    async run(argv, options) {
      const startedMs = performance.now();
      const ended = await world.start(argv, options).ended;
      log(argv, ended, performance.now() - startedMs);
      return ended;
    },
    async expect(code, ...argv) {
      const ended = await world.run(argv);
      expect(ended.code, `limaform ${argv.join(" ")}\n${ended.stdout}\n${ended.stderr}`).toBe(code);
      return ended.stdout;
    },
    json: async <T>(code: number, ...argv: readonly string[]) =>
      JSON.parse(await world.expect(code, ...argv, "--json")) as T,
    plan: () => world.json<Plan>(0, "plan"),
    apply: () => world.json<ApplyDocument>(0, "apply", "--yes"),
    write(path, text) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    },
    edit(from, to) {
      const text = world.spec();
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`the spec has no ${from}`);
      writeFileSync(join(root, "limaform.toml"), edited);
    },
    spec: () => readFileSync(join(root, "limaform.toml"), "utf8"),
    configure(config) {
      mkdirSync(join(home, "_fake"), { recursive: true });
      // What waits from now on waits for the next `go`.
      rmSync(join(home, "_fake", "go"), { force: true });
      writeFileSync(join(home, "_fake", "config.json"), JSON.stringify({ ownerPid: process.pid, ...config }));
    },
    calls: () => linesOf(join(home, "_fake", "calls.ndjson")).map((line) => JSON.parse(line) as LimactlCall),
    changes: changesSince(() => world.calls()),
    limactl(...args) {
      const { status, stdout, stderr } = spawnSync("limactl", ["--tty=false", ...args], { env, encoding: "utf8" });
      if (status !== 0) throw new Error(`limactl ${args.join(" ")} ended with ${status}: ${stderr}`);
      return stdout;
    },
    instances: () => readdirSync(home).filter((name) => !/^[._]/.test(name)),
    status: (name) => (JSON.parse(world.limactl("list", "--format", "{{json .}}", name)) as { status: string }).status,
    isBooting(name) {
      const file = bootFile(name);
      if (!existsSync(join(home, name, "qemu.pid")) || !existsSync(file)) return false;
      const text = readFileSync(file, "utf8");
      return text !== "" && (JSON.parse(text) as { readyFrom: number }).readyFrom > Date.now();
    },
    bootNow: (name) => writeFileSync(bootFile(name), '{"sshFrom":0,"readyFrom":0}'),
    killLimactl() {
      const pids = world.calls().map(({ pid }) => pid);
      const { stdout } = spawnSync("ps", ["-ww", "-o", "pid=,command=", "-p", pids.join(",")], { encoding: "utf8" });
      for (const line of stdout.split("\n").filter((text) => text.includes("/bin/limactl ")))
        process.kill(Number.parseInt(line, 10), "SIGKILL");
    },
    go: () => writeFileSync(join(home, "_fake", "go"), ""),
    scratch: (name) => join(folder, name),
    save: () => copyFolders([home, root], saved),
    restore() {
      world.killLimactl();
      removeFolders([home, root]);
      for (const path of [home, root]) execFileSync("cp", ["-a", join(saved, basename(path)), path]);
      rmSync(join(home, "_fake", "calls.ndjson"), { force: true });
      world.changes();
      world.configure({});
    },
    close() {
      world.killLimactl();
      removeFolders([home, folder]);
    },
  };
  world.configure({});
  return world;
}

/** Building images takes seconds, more where others are at work. */
export const HOOK_LIMIT_MS = 60_000;

/** A world whose images are built and saved, with no worker yet; `spec()` holds the line `workers = 0 # all of them`. */
export async function makeBuiltWorld(tables = ""): Promise<ProgramWorld> {
  const world = makeProgramWorld("workers = 0 # all of them\n", tables);
  await world.apply();
  world.save();
  return world;
}

function startProgram(argv: readonly string[], { cwd, env, stdin }: RunOptions): RunningProgram {
  const child = spawn(process.execPath, [CLI, ...argv], {
    cwd,
    env,
    detached: true,
    stdio: [stdin === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`cannot start ${CLI}`);
  child.stdin?.end(stdin);
  const texts = { stdout: "", stderr: "" };
  let isRead = true;
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      texts[name] += text;
    });
  }
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    // Not `close`: what a killed limaform leaves running may hold its pipes.
    child.once("exit", (code, signal) => setTimeout(() => resolve({ code, signal, ...texts }), 20));
  }).then((end) => {
    // Whoever was killed, or had nobody who read, cannot be held to one whole document.
    if (end.code !== null && isRead) checkOutput(argv, end.stdout);
    return end;
  });
  return {
    pid,
    ended,
    signal: (name) => void process.kill(pid, name),
    closeOutput: () => {
      isRead = false;
      child.stdout?.destroy();
    },
  };
}

/** `verb instance` of the calls that change something; of a clone the target. */
function changesSince(calls: () => readonly LimactlCall[]): () => readonly string[] {
  let seen = 0;
  return () => {
    const all = calls();
    const fresh = all.slice(all.length < seen ? 0 : seen);
    seen = all.length;
    return fresh.filter(({ verb }) => MUTATING.has(verb)).map((call) => `${call.verb} ${aboutOf(call)}`);
  };
}

function aboutOf({ verb, args }: LimactlCall): string {
  const words = args.filter((word) => !word.startsWith("-"));
  const place = words.indexOf(verb);
  if (verb === "create") return args[args.indexOf("--name") + 1] ?? "";
  if (verb === "clone") return words[place + 2] ?? "";
  return words.findLast((word) => word.startsWith(PROJECT)) ?? "";
}

function linesOf(file: string): readonly string[] {
  return existsSync(file)
    ? readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => line !== "")
    : [];
}

function copyFolders(from: readonly string[], to: string): void {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to);
  for (const path of from) execFileSync("cp", ["-a", path, join(to, basename(path))]);
}

/** The first is a LIMA_HOME: what runs there is ended before. */
function removeFolders([home, ...others]: readonly [string, ...string[]]): void {
  killProcesses(home);
  for (const folder of [home, ...others]) {
    // A half-made clone may hold a folder that nobody may look into.
    if (existsSync(folder)) execFileSync("chmod", ["-R", "u+rwX", folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ends units in the guests of this home, whose VM may be gone: a test may have killed the limaform that would end them. */
function killUnits(home: string): void {
  const guests = join(home, "_fake", "guests");
  for (const guest of existsSync(guests) ? readdirSync(guests) : []) {
    const units = join(guests, guest, "systemd");
    for (const unit of existsSync(units) ? readdirSync(units) : []) {
      const file = join(units, unit, "pid");
      const pid = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
      // Another process may have its number by now.
      if (pid <= 1 || !readIfAllowed(`/proc/${pid}/environ`).includes(join(guests, guest))) continue;
      // Not by kill(1): that of procps takes `-KILL -1234` for all processes of the user.
      end(-pid);
    }
  }
}

/** Of a process that ends meanwhile, or is somebody else's: nothing. */
function readIfAllowed(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return "";
    throw error;
  }
}

/** Ends what the pid files of this home name: a failed test may leave VMs behind. */
function killProcesses(home: string): void {
  killUnits(home);
  for (const name of readdirSync(home).filter((entry) => !/^[._]/.test(entry))) {
    for (const file of readdirSync(join(home, name)).filter((entry) => entry.endsWith(".pid"))) {
      const pid = Number(readFileSync(join(home, name, file), "utf8").trim());
      const { stdout } = spawnSync("ps", ["-ww", "-o", "command=", "-p", String(pid)], { encoding: "utf8" });
      if (stdout.includes(home)) process.kill(pid, "SIGKILL");
    }
  }
}

/** The events that a limaform has written so far; a line that is still being written is left out. */
export function eventsIn(file: string): readonly LimaformEvent[] {
  if (!existsSync(file)) return [];
  const whole = readFileSync(file, "utf8").split("\n").slice(0, -1);
  return whole.map((line) => JSON.parse(line) as LimaformEvent);
}

/** The types of the events of one step, in order, without progress and log lines. */
export function endsByStep(events: readonly LimaformEvent[]): ReadonlyMap<string, readonly string[]> {
  const steps = new Map<string, string[]>();
  for (const event of events) {
    if (!("step" in event) || /(progress|log|retrying)$/.test(event.type)) continue;
    steps.set(event.step, [...(steps.get(event.step) ?? []), event.type.replace("apply.step.", "")]);
  }
  return steps;
}

export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Looks again until `condition` holds. */
export async function until(what: string, condition: () => boolean, limitMs = 90_000): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!condition()) {
    if (performance.now() > endMs) throw new Error(`not within ${limitMs / 1000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Digests of all files below a folder, by path; `without` are names of entries at its top. */
export function snapshot(folder: string, without: readonly string[] = []): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const visit = (path: string): void => {
    for (const entry of readdirSync(join(folder, path))) {
      const inner = join(path, entry);
      if (without.includes(inner)) continue;
      const stats = lstatSync(join(folder, inner));
      if (stats.isDirectory()) visit(inner);
      else if (stats.isFile()) {
        const text = readFileSync(join(folder, inner));
        files[inner] =
          `${stats.mode.toString(8)} ${stats.mtimeMs} ${text.length} ${sha256Hex(text.toString("latin1"))}`;
      }
    }
  };
  visit("");
  return files;
}

/** With LF_INTEGRATION_LOG=FILE every call is written there: for those who work on these tests. */
function log(argv: readonly string[], { code, signal, stdout, stderr }: Ended, elapsedMs: number): void {
  const file = process.env.LF_INTEGRATION_LOG;
  if (file === undefined) return;
  const head = `limaform ${argv.join(" ")} -> ${code ?? signal} in ${Math.round(elapsedMs)} ms`;
  appendFileSync(file, `## ${head}\n${stdout.slice(0, 4000)}${stderr}\n`);
}
