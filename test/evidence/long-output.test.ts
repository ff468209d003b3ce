import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI, makeProgramWorld, type ProgramWorld } from "../support/program.js";

const MIB = 1024 * 1024;
/** Four million lines with an escape code in each. */
const SIZE = 200 * MIB;
const speak = (size: number): string => `yes "$(printf 'a line of output \\033[31mred\\033[0m')" | head -c ${size}`;
const SMALL = 25 * MIB;

/** On the fake limactl: what is measured is limaform, not a VM. */
describe("output of 200 MiB", () => {
  let world: ProgramWorld;
  beforeAll(async () => {
    world = makeProgramWorld("workers = 1\n");
    await world.apply();
  }, 120_000);
  afterAll(() => world?.close());

  /** Most memory that the process had, and how long it took. Units: MiB, s. */
  const measure = async (argv: readonly string[], out: string) => {
    const file = openSync(out, "w");
    const startedMs = performance.now();
    const child = spawn(process.execPath, [CLI, ...argv], {
      cwd: world.root,
      env: world.env,
      stdio: ["ignore", file, 2],
    });
    let mostKib = 0;
    const look = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
        mostKib = Math.max(mostKib, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch (error) {
        // It ended between two looks.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }, 100);
    const code = await new Promise((resolve) => child.once("exit", resolve));
    clearInterval(look);
    closeSync(file);
    return { code, memory: Math.round(mostKib / 1024), seconds: (performance.now() - startedMs) / 1000 };
  };

  it("is followed live with flat memory, whole and without escape codes", async () => {
    const begin = async (size: number): Promise<string> =>
      JSON.parse(await world.expect(0, "run", "--json", "--queue", "--detach", "--", "sh", "-c", speak(size))).run;
    const short = await measure(["logs", "--follow", "--run", await begin(SMALL)], world.scratch("short"));
    const run = await begin(SIZE);
    const out = world.scratch("followed");
    const followed = await measure(["logs", "--follow", "--run", run], out);
    const again = await measure(["logs", "--run", run, "--tail", "5"], world.scratch("tail"));
    const raw = `${world.state}/runs/${run}/1/stdout.log`;
    console.log(
      `logs --follow of ${SIZE / MIB} MiB: ${followed.seconds.toFixed(0)} s, at most ${followed.memory} MiB of memory ` +
        `(of ${SMALL / MIB} MiB: ${short.memory} MiB); its last five lines afterwards: ${again.seconds.toFixed(2)} s, ${again.memory} MiB`,
    );
    expect(followed.code).toBe(0);
    expect(statSync(raw).size).toBe(SIZE);
    const lines = Math.floor(SIZE / "a line of output \u001b[31mred\u001b[0m\n".length);
    const shown = "a line of output \\x1b[31mred\\x1b[0m\n".length;
    expect(Math.abs(statSync(out).size - lines * shown)).toBeLessThan(100);
    expect(readFileSync(world.scratch("tail"), "utf8")).not.toContain("\u001b");
    // Eight times the output: what Node keeps before it cleans up differs, but nothing grows with it.
    expect(followed.memory / short.memory).toBeLessThan(1.3);
  }, 600_000);
});
