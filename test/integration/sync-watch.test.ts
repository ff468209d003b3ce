import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  HOOK_LIMIT_MS,
  makeFolderWorld,
  makeProgramWorld,
  type ProgramWorld,
  type RunningProgram,
} from "../support/program.js";

/* The built program's `sync --watch`: what goes in and when, what it says, and how it ends. */

const LIMIT_MS = 180_000;

type Told = Readonly<Record<string, unknown>>;

/** One watch whose interval is so long that only events can have brought what came. */
function watching(world: ProgramWorld, name: string, ...more: readonly string[]) {
  const file = world.scratch(name);
  const interval = more.includes("-i") ? [] : ["--interval", "300s"];
  const running: RunningProgram = world.start(["sync", "--watch", ...interval, "--events", file, ...more]);
  const events = (): readonly Told[] =>
    existsSync(file)
      ? readFileSync(file, "utf8")
          .split("\n")
          .filter((line) => line !== "")
          .map((line) => JSON.parse(line) as Told)
      : [];
  const told = () => events().filter(({ type }) => /^sync\.(pushed|waits|idle|failed)$/u.test(String(type)));
  return {
    told,
    words: () => told().map(({ type, slot }) => `${type}${slot === undefined ? "" : ` ${slot}`}`),
    async end() {
      running.signal("SIGINT");
      const ended = await running.ended;
      expect(ended.code, ended.stderr).toBe(130);
      return ended.stdout + ended.stderr;
    },
  };
}

describe("sync --watch in git mode", () => {
  let world: ProgramWorld;
  const inside = (slot: number, script: string) =>
    world.expect(0, "shell", String(slot), "--", "sh", "-c", `{ ${script}; } 2>&1; true`);

  beforeAll(async () => {
    world = makeProgramWorld("workers = 2\n");
    world.write(".gitignore", "out/\n");
    world.git("add", "-A");
    world.git("commit", "-qm", "ignore");
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it(
    "brings edits and commits into all workers as they happen, with a line for each push and one for none",
    async () => {
      const watch = watching(world, "git");
      await until(() => watch.words().includes("sync.idle"));
      world.write("draft.txt", "draft\n");
      await until(() => watch.words().filter((word) => word.startsWith("sync.pushed")).length === 2);
      expect(await inside(1, "cat draft.txt")).toBe("draft\n");
      mkdirSync(join(world.root, "deep/er"), { recursive: true });
      world.write("deep/er/x.txt", "x\n");
      renameSync(join(world.root, "draft.txt"), join(world.root, "deep/draft.txt"));
      await untilAsync(async () => (await inside(2, "cat deep/er/x.txt deep/draft.txt")) === "x\ndraft\n");
      world.git("add", "-A");
      world.git("commit", "-qm", "deep");
      const head = world.git("rev-parse", "HEAD");
      await untilAsync(async () => (await inside(2, "git rev-parse HEAD")) === `${head}\n`);
      const text = await watch.end();
      expect(text).toMatch(
        /\d\d:\d\d:\d\d {2}worker 1 {2}✓ got commit [0-9a-f]{8} and 1 uncommitted file: draft\.txt/u,
      );
      expect(text).toContain("nothing new; looked at every 300 s");
    },
    LIMIT_MS,
  );

  it(
    "lists what changed since its own last push, not since it began",
    async () => {
      const watch = watching(world, "listed");
      const changes = () =>
        watch.told().flatMap(({ type, slot, changes }) => (type === "sync.pushed" && slot === 1 ? [changes] : []));
      await until(() => watch.words().includes("sync.idle"));
      for (const [index, name] of ["first.txt", "second.txt"].entries()) {
        world.write(name, `${name}\n`);
        world.git("add", name);
        world.git("commit", "-qm", name);
        await until(() => changes().length > index);
        await untilAsync(async () => (await inside(1, `git status --porcelain; cat ${name}`)) === `${name}\n`);
      }
      expect(changes().at(-1)).toEqual([{ path: "second.txt", change: "new" }]);
      await watch.end();
    },
    LIMIT_MS,
  );

  it(
    "does nothing for what git ignores, new folders of it too",
    async () => {
      const watch = watching(world, "ignored");
      await until(() => watch.words().includes("sync.idle"));
      const calls = world.calls().length;
      world.write("out/deep/a.o", "a\n");
      world.write("node_modules/b.js", "b\n");
      await sleep(1_500);
      world.write("out/deep/a.o", "b\n");
      await sleep(1_500);
      expect(world.calls().length).toBe(calls);
      expect(watch.words()).toEqual(["sync.idle"]);
      await watch.end();
    },
    LIMIT_MS,
  );

  it(
    "writes over no work, says so once, and goes on when the work is gone",
    async () => {
      await inside(1, "echo mine > mine.txt");
      const watch = watching(world, "diverged", "--quiet");
      world.write("a.txt", "1\n");
      await until(() => watch.words().includes("sync.waits 1"));
      for (const text of ["2\n", "3\n"]) {
        world.write("a.txt", text);
        await untilAsync(async () => (await inside(2, "cat a.txt")) === text);
      }
      await untilAsync(async () => (await inside(1, "git show refs/limaform/incoming:a.txt")) === "3\n");
      expect(await inside(1, "cat mine.txt; test -e a.txt || echo none")).toBe("mine\nnone\n");
      expect(watch.words().filter((word) => word === "sync.waits 1")).toHaveLength(1);
      await inside(1, "rm mine.txt");
      world.write("a.txt", "4\n");
      await untilAsync(async () => (await inside(1, "cat a.txt")) === "4\n");
      const text = await watch.end();
      expect(text).toContain("limaform shell 1 -- git merge refs/limaform/incoming");
      expect(text).not.toContain("got commit");
    },
    LIMIT_MS,
  );

  it(
    "tells once of a worker that is stopped, goes on with the others, and brings it up to date when it is back",
    async () => {
      await inside(1, "git reset -q --hard; git clean -qfd");
      const watch = watching(world, "stopped", "-i", "1");
      await until(() => watch.words().includes("sync.idle"));
      await world.expect(0, "stop", "1", "--yes");
      world.write("b.txt", "while it was away\n");
      await until(() => watch.words().includes("sync.failed 1"));
      await untilAsync(async () => (await inside(2, "cat b.txt")) === "while it was away\n");
      await sleep(2_500);
      expect(watch.words().filter((word) => word === "sync.failed 1")).toHaveLength(1);
      await world.expect(0, "start", "1", "--yes");
      await untilAsync(async () => (await inside(1, "cat b.txt")) === "while it was away\n");
      await until(() => watch.words().includes("sync.pushed 1"));
      expect(await watch.end()).toContain("is stopped");
    },
    LIMIT_MS,
  );

  it("has no document for --json, and no dry run", async () => {
    expect((await world.run(["sync", "--watch", "--json"])).code).toBe(64);
    expect((await world.run(["sync", "--watch", "--dry-run"])).code).toBe(64);
    expect((await world.run(["sync", "--interval", "1s"])).code).toBe(64);
  });
});

describe("sync --watch in files mode", () => {
  let world: ProgramWorld;
  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", `{ ${script}; } 2>&1; true`);

  beforeAll(async () => {
    world = makeFolderWorld({ "src/a.txt": "one\n" });
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it(
    "brings what changes; what is gone here goes there only with --delete",
    async () => {
      const keeping = watching(world, "keep");
      await until(() => keeping.words().includes("sync.idle"));
      world.write("src/a.txt", "two\n");
      world.write("node_modules/x.js", "x\n");
      await untilAsync(async () => (await inside("cat src/a.txt")) === "two\n");
      world.write("b.txt", "b\n");
      await untilAsync(async () => (await inside("cat b.txt")) === "b\n");
      rmSync(join(world.root, "b.txt"));
      world.write("c.txt", "c\n");
      await untilAsync(async () => (await inside("cat b.txt c.txt")) === "b\nc\n");
      await keeping.end();
      const deleting = watching(world, "delete", "--delete");
      await untilAsync(async () => (await inside("test -e b.txt || echo none")) === "none\n");
      rmSync(join(world.root, "c.txt"));
      await untilAsync(async () => (await inside("test -e c.txt || echo none; ls node_modules")).startsWith("none\n"));
      expect(await inside("test -e node_modules || echo none")).toBe("none\n");
      await deleting.end();
    },
    LIMIT_MS,
  );
});

const until = (isSo: () => boolean): Promise<void> => untilAsync(async () => isSo());

async function untilAsync(isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 90_000;
  while (!(await isSo())) {
    if (performance.now() > endMs) throw new Error("it did not come about within 90 s");
    await sleep(100);
  }
}
