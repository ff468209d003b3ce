import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { beforeEach, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.js";

/* The lock between real processes: kill -9, takers at the same instant. */

let folder = "";
let program = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  program = join(folder, "lock-child.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "../fixtures/lock-child.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    // Bundled CommonJS packages ask for built-in modules in their own way.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    logLevel: "error",
  });
});

interface Child {
  readonly pid: number;
  readonly process: ChildProcess;
  /** Sends a command and gives the next answer. */
  tell(command: string): Promise<Record<string, unknown>>;
  next(): Promise<Record<string, unknown>>;
}

function start(): Child {
  const child = spawn(process.execPath, [program, join(folder, "state")], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? "{}");
  return {
    pid: child.pid ?? 0,
    process: child,
    next,
    tell(command) {
      child.stdin.write(`${command}\n`);
      return next();
    },
  };
}

async function killed(child: Child): Promise<void> {
  const ended = once(child.process, "exit");
  child.process.kill("SIGKILL");
  await ended;
}

it("is refused while its holder lives and taken over when that was killed", async () => {
  const [first, second] = [start(), start()];
  expect(await first.tell("take 0")).toEqual({ held: true, tookOver: null });
  expect(await second.tell("take 0")).toEqual({ held: false, message: expect.stringContaining(`pid ${first.pid} on`) });
  await killed(first);
  expect(await second.tell("take 0")).toEqual({ held: true, tookOver: first.pid });
  expect(await second.tell("release")).toEqual({ released: true });
  expect(await readdir(join(folder, "state"))).toEqual([]);
});

it("goes to one who waits when its holder is killed meanwhile", async () => {
  const [first, second] = [start(), start()];
  await first.tell("take 0");
  expect(await second.tell("take 30000")).toEqual({ waitsFor: first.pid });
  await killed(first);
  expect(await second.next()).toEqual({ held: true, tookOver: first.pid });
});

it("of a dead holder goes to exactly one of those who come at the same instant", async () => {
  const dead = start();
  await dead.tell("take 0");
  await killed(dead);
  const lockFile = join(folder, "state/lock.json");
  const stale = join(folder, "stale.json");
  await copyFile(lockFile, stale);
  const takers = [start(), start(), start()];
  for (let round = 0; round < 15; round += 1) {
    await copyFile(stale, lockFile);
    const answers = await Promise.all(takers.map((taker) => taker.tell("take 0")));
    const winners = takers.filter((_, place) => answers[place]?.held === true);
    expect(winners).toHaveLength(1);
    expect(answers.find(({ held }) => held)).toEqual({ held: true, tookOver: dead.pid });
    await winners[0]?.tell("release");
  }
  expect(await readdir(join(folder, "state"))).toEqual([]);
});
