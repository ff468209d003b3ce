import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene } from "../support/code-scene.js";

/* A hundred thousand files, into a worker that is a folder of this machine, and one of them back. */

const FILES = 100_000;
const FOLDER = 100;
const MOST_SECONDS = { first: 600, incremental: 180, back: 300 };
/** Of this process, git's own aside; a list of names is a tenth of it. Units: bytes. */
const MOST_MEMORY = 1024 ** 3;

describe("a repository of 100,000 files", () => {
  let scene: CodeScene;
  beforeAll(async () => {
    scene = await makeCodeScene();
    for (let at = 0; at < FILES; at += FOLDER) {
      const folder = join(scene.user.root, "f", String(at / FOLDER));
      await mkdir(folder, { recursive: true });
      const names = Array.from({ length: FOLDER }, (_, index) => index);
      await Promise.all(names.map((name) => writeFile(join(folder, `${name}.txt`), `${at + name}\n`.repeat(100))));
    }
    await scene.user.commit("a hundred thousand files");
  });
  afterAll(() => scene?.close());

  it("goes in whole", async () => {
    const { outcome, base } = await within("first", () => scene.push());
    expect(outcome).toBe("updated");
    expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(base);
    // README.md is one more.
    expect(await scene.guest.sh("cd project && git ls-files | wc -l && git status --porcelain")).toBe(`${FILES + 1}`);
  });

  it("goes in again with what changed alone, and then has nothing to do", async () => {
    await scene.user.write("f/500/50.txt", "changed\n");
    await scene.user.commit("one of them");
    const before = await scene.guest.sh("du -sk project/.git/objects | cut -f 1");
    expect((await within("incremental", () => scene.push())).outcome).toBe("updated");
    expect(await scene.guest.sh("cat project/f/500/50.txt")).toBe("changed");
    const grown = Number(await scene.guest.sh("du -sk project/.git/objects | cut -f 1")) - Number(before);
    expect(grown).toBeLessThan(1024);
    expect((await within("incremental", () => scene.push())).outcome).toBe("unchanged");
  });

  it("gives one file back", async () => {
    await scene.guest.sh("echo worker > project/f/7/7.txt");
    const { changes } = await within("back", () => scene.pull());
    expect(changes.map(({ path, status }) => `${path} ${status}`)).toEqual(["f/7/7.txt taken"]);
    expect((await within("back", () => scene.pull())).changes).toEqual([]);
  });
});

/** States time and memory, and holds both against their limits. */
async function within<T>(what: keyof typeof MOST_SECONDS, act: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await act();
  const seconds = (performance.now() - startedMs) / 1000;
  const bytes = process.memoryUsage().rss;
  process.stdout.write(`${what}: ${seconds.toFixed(1)} s, ${Math.round(bytes / 1024 ** 2)} MiB resident\n`);
  expect(seconds).toBeLessThan(MOST_SECONDS[what]);
  expect(bytes).toBeLessThan(MOST_MEMORY);
  return result;
}
