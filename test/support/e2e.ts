import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { end, endProcessesOf, type Guard, guardFolders, processesOf } from "./e2e-guard.js";
import { makeWatchedLimactl, type WatchedLimactl } from "./e2e-limactl.js";
import { type Ended, type Running, startLimaform, until } from "./e2e-limaform.js";
import { makeUserRepository, type UserRepository } from "./git-fixture.js";

export const PROJECT = "e2e";
export const worker = (slot: number): string => `${PROJECT}-worker-${slot}`;

/** One instance as `limactl list` shows it. */
export interface Listed {
  readonly name: string;
  readonly status: string;
  readonly dir: string;
  readonly cpus: number;
  readonly memory: number;
  readonly disk: number;
  readonly protected: boolean;
  readonly config: Readonly<Record<string, unknown>>;
}

/** Real Lima in a LIMA_HOME of its own, a user's repository with a spec, and the built limaform on both. */
export interface Fleet {
  readonly home: string;
  readonly repository: UserRepository;
  readonly lima: WatchedLimactl;
  /** Of the user who runs limaform. */
  readonly env: Readonly<Record<string, string>>;
  start(...argv: readonly string[]): Running;
  run(...argv: readonly string[]): Promise<Ended>;
  /** Runs and expects the exit code; gives stdout. */
  expect(code: number, ...argv: readonly string[]): Promise<string>;
  /** The same with `--json`: gives the document. */
  json<T>(code: number, ...argv: readonly string[]): Promise<T>;
  /** Trimmed output of a command in a worker. */
  inside(slot: number, ...argv: readonly string[]): Promise<string>;
  /** Past limaform, as a user at the terminal would. */
  limactl(...args: readonly string[]): string;
  list(): readonly Listed[];
  /** Changes the spec's text. */
  edit(from: string | RegExp, to: string): Promise<void>;
  /** A name for a file outside the repository. */
  scratch(name: string): string;
  close(): Promise<void>;
}

export async function makeFleet(files: Readonly<Record<string, string>>): Promise<Fleet> {
  // Short: the paths of sockets under it are limited.
  const home = await realpath(await mkdtemp("/tmp/lfe."));
  const repository = await makeUserRepository(files);
  return openFleet(home, repository, guardFolders(home, dirname(repository.root)));
}

/** On a LIMA_HOME that is there. */
export async function openFleet(home: string, repository: UserRepository, guard: Guard | null): Promise<Fleet> {
  const atWork = new Set<Running>();
  const folder = dirname(repository.root);
  const lima = await makeWatchedLimactl(join(folder, "limactl"));
  await mkdir(join(folder, "home"), { recursive: true });
  const env = environment({ home, userHome: join(folder, "home"), bin: lima.bin });
  const start = (...argv: readonly string[]): Running => {
    const running = startLimaform(argv, { cwd: repository.root, env });
    guard?.add(running.pid);
    atWork.add(running);
    void running.ended.finally(() => atWork.delete(running));
    return running;
  };
  const run = async (...argv: readonly string[]): Promise<Ended> => {
    const startedMs = performance.now();
    const ended = await start(...argv).ended;
    log(argv, ended, performance.now() - startedMs);
    return ended;
  };
  const expectCode = async (code: number, ...argv: readonly string[]): Promise<string> => {
    const ended = await run(...argv);
    expect(ended.code, `limaform ${argv.join(" ")}\n${ended.stdout}\n${ended.stderr}`).toBe(code);
    return ended.stdout;
  };
  const limactl = (...args: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync("limactl", ["--tty=false", ...args], {
      env: environment({ home, userHome: join(folder, "home"), bin: null }),
      encoding: "utf8",
      cwd: "/tmp",
      maxBuffer: 1 << 26,
    });
    if (status !== 0) throw new Error(`limactl ${args.join(" ")} ended with ${status}: ${stderr}`);
    return stdout;
  };
  return {
    ...{ home, repository, lima, env, start, run, limactl, expect: expectCode },
    async json<T>(code: number, ...argv: readonly string[]) {
      const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
      return JSON.parse(await expectCode(code, ...argv.slice(0, end), "--json", ...argv.slice(end))) as T;
    },
    inside: async (slot, ...argv) => (await expectCode(0, "shell", String(slot), "--", ...argv)).trim(),
    list: () =>
      limactl("list", "--format", "{{json .}}")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Listed),
    async edit(from, to) {
      const file = join(repository.root, "limaform.toml");
      const text = await readFile(file, "utf8");
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`the spec has no ${from}`);
      await writeFile(file, edited);
    },
    scratch: (name) => join(folder, name),
    async close() {
      // A test that ran out of time has left its limaform at work, which would start the next VM.
      for (const running of atWork) end(-running.pid);
      endProcessesOf(home);
      await until("no process of the fleet is left", () => processesOf(home).length === 0, 20_000);
      spawnSync("chmod", ["-R", "u+rwX", home]);
      await rm(home, { recursive: true, force: true });
      await repository.close();
    },
  };
}

/** A home folder of its own: no configuration of the account that runs the tests gets in. */
function environment({ home, userHome, bin }: { home: string; userHome: string; bin: string | null }) {
  const path = process.env.PATH ?? "/usr/bin:/bin";
  return {
    PATH: bin === null ? path : `${bin}:${path}`,
    HOME: userHome,
    USER: process.env.USER ?? "limaform",
    LANG: "C.UTF-8",
    LIMA_HOME: home,
    // Downloads of earlier test runs are there: tools come from outside once for all of them.
    ...(process.env.LF_DOWNLOADS === undefined ? {} : { XDG_CACHE_HOME: process.env.LF_DOWNLOADS }),
  };
}

/** The base image that the set-up made, as the `[vm.image]` table. */
export async function baseImageTable(): Promise<string> {
  const file = process.env.LF_BASE_IMAGE_TOML;
  if (file === undefined) throw new Error("LF_BASE_IMAGE_TOML is not set: make test sets it");
  return readFile(file, "utf8");
}

/** With LF_E2E_LOG=FILE every call is written there: for those who work on these tests. */
function log(argv: readonly string[], { code, signal, stdout, stderr }: Ended, elapsedMs: number): void {
  const file = process.env.LF_E2E_LOG;
  if (file === undefined) return;
  const head = `${new Date().toISOString()} limaform ${argv.join(" ")} -> ${code ?? signal} in ${Math.round(elapsedMs)} ms`;
  appendFileSync(file, `## ${head}\n${stdout.slice(0, 4000)}${stderr}\n`);
}
