import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLI, HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld, type RunningProgram } from "../support/program.js";

/* The built program's own loop of `watch-back`: what it says and when, and how it ends. */

const LIMIT_MS = 180_000;
/** Files of a pull that takes its time to write. */
const COUNT = 400;

describe("watch-back", () => {
  let world: ProgramWorld;
  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);
  const read = (path: string) =>
    existsSync(join(world.root, path)) ? readFileSync(join(world.root, path), "utf8") : null;
  const eventsOf = (name: string): readonly Record<string, unknown>[] =>
    existsSync(world.scratch(name))
      ? readFileSync(world.scratch(name), "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Record<string, unknown>)
      : [];
  const watch = (name: string, ...more: readonly string[]): RunningProgram =>
    world.start(["watch-back", "1", ".", "--interval", "1s", "--events", world.scratch(name), ...more]);

  beforeAll(async () => {
    world = makeProgramWorld("workers = 1\n");
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it(
    "writes what comes, says once what waits and once that nothing is new, and ends at Ctrl-C with 130",
    async () => {
      const running = watch("loop");
      await until(() => typesOf(eventsOf("loop")).includes("back.idle"));
      await inside("echo one > plain.txt; echo all: > Makefile");
      await until(() => read("plain.txt") === "one\n");
      // Some more looks at nothing new.
      await until(() => typesOf(eventsOf("loop")).filter((type) => type === "back.idle").length === 2);
      await sleep(3_500);
      running.signal("SIGINT");
      const { code, stdout, stderr } = await running.ended;
      expect(code, stderr).toBe(130);
      expect(read("Makefile")).toBeNull();
      const told = eventsOf("loop").filter(({ type }) => String(type).startsWith("back."));
      expect(
        told.map(({ type, path, status }) => [type, path, status].filter((word) => word !== undefined).join(" ")),
      ).toEqual(["back.idle", "back.changed Makefile waits", "back.changed plain.txt taken", "back.idle"]);
      expect(stdout + stderr).toContain("plain.txt");
    },
    LIMIT_MS,
  );

  it(
    "tells with --quiet only what needs a person",
    async () => {
      await inside("echo two > plain.txt; echo all: x > Makefile");
      const running = watch("quiet", "--quiet");
      await until(() => read("plain.txt") === "two\n");
      await sleep(1_500);
      running.signal("SIGINT");
      const { code, stdout, stderr } = await running.ended;
      expect(code, stderr).toBe(130);
      expect(stdout + stderr).toContain("Makefile");
      expect(stdout + stderr).not.toContain("plain.txt");
      expect(stdout + stderr).not.toContain("looked at every");
    },
    LIMIT_MS,
  );

  it.each<readonly [NodeJS.Signals, string]>([
    ["SIGINT", "is finished"],
    ["SIGKILL", "leaves whole files, and the next one brings the rest"],
  ])(
    "a pull that meets %s in the middle of its writing %s, with nothing left staged",
    async (signal) => {
      const folder = `many-${signal}`;
      const content = `${signal}\n`.repeat(3_000);
      const names = Array.from({ length: COUNT }, (_, at) => `${folder}/${at}.txt`);
      await inside(
        `mkdir ${folder}; for i in $(seq 0 ${COUNT - 1}); do yes ${signal} | head -n 3000 > ${folder}/$i.txt; done`,
      );
      const running = watch(folder, "--quiet");
      await until(() => existsSync(join(world.root, folder)), 5);
      running.signal(signal);
      const { code, signal: endedBy } = await running.ended;
      expect([code, endedBy]).toEqual(signal === "SIGINT" ? [130, null] : [null, "SIGKILL"]);
      const there = names.filter((name) => read(name) !== null);
      if (signal === "SIGINT") expect(there).toHaveLength(COUNT);
      for (const name of there) expect(read(name) === content, name).toBe(true);
      expect(readdirSync(join(world.root, folder)).filter((name) => !/^\d+\.txt$/u.test(name))).toEqual([]);
      await world.expect(0, "sync-back", "1", folder);
      for (const name of names) expect(read(name) === content, name).toBe(true);
      const tmp = join(world.state, "tmp");
      const back = join(tmp, "back");
      expect([
        ...readdirSync(tmp).filter((name) => name !== "back"),
        ...(existsSync(back) ? readdirSync(back) : []),
      ]).toEqual([]);
    },
    2 * LIMIT_MS,
  );

  it("needs paths, and has no document for --json", async () => {
    expect((await world.run(["watch-back", "1"])).code).toBe(64);
    expect((await world.run(["watch-back", "1", ".", "--json"])).code).toBe(64);
    expect((await world.run(["sync-back", "1", "--review"])).stderr).toContain("USAGE_REVIEW_NEEDS_TERMINAL");
    expect(read("Makefile")).toBeNull();
  });

  it("leaves ignored files to sync-back --ignored, and changes that keep size and time to --checksum", async () => {
    await inside("echo 'out/' > .git/info/exclude; mkdir -p out; echo built > out/a.txt; echo l > out/b.log");
    expect(await world.expect(0, "sync-back", "1", "out")).toContain("Nothing new");
    const dry = await world.json<{ changes: unknown[] }>(0, "sync-back", "1", "out", "--ignored", "--dry-run");
    expect(dry.changes).toMatchObject([{ path: "out/a.txt", status: "takeable" }]);
    expect(read("out/a.txt")).toBeNull();
    const text = await world.expect(0, "sync-back", "1", "--ignored", "--checksum");
    expect(text).toContain("note: 1 file that sync.from.exclude names stays in the worker");
    expect(read("out/a.txt")).toBe("built\n");
  });

  it.skipIf(process.platform !== "linux")(
    "leaves to sync-back --review on a terminal what waited: no for no, yes for all of it",
    async () => {
      const review = (answer: string) =>
        execFileSync("script", ["-qec", `'${process.execPath}' '${CLI}' sync-back 1 --review`, "/dev/null"], {
          ...{ cwd: world.root, env: world.env, encoding: "utf8" as const, timeout: LIMIT_MS },
          input: `${answer}\n`,
        });
      await inside("rm -f README.md; echo last > Makefile");
      expect(() => review("no")).toThrow("Command failed");
      expect([read("Makefile"), read("README.md")]).toEqual([null, "# shop\n"]);
      const shown = review("yes");
      expect(shown).toContain("Take all of this, what waits too?");
      expect([read("Makefile"), read("README.md")]).toEqual(["last\n", null]);
      expect(await world.expect(0, "sync-back", "1")).not.toContain("Makefile");
    },
    LIMIT_MS,
  );
});

const typesOf = (events: readonly Record<string, unknown>[]) => events.map(({ type }) => String(type));

async function until(isSo: () => boolean, everyMs = 100): Promise<void> {
  const endMs = performance.now() + 90_000;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error("it did not come about within 90 s");
    await sleep(everyMs);
  }
}
