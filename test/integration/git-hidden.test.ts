import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene } from "../support/code-scene.js";

/*
 * A worker's git may be told to look away: by bits of the index, by its configuration, by objects that stand for others.
 * What it hides is work all the same: it is found, comes back with the result and is never written over.
 */

type Hidden = readonly [name: string, script: string, path: string];
const HIDDEN: readonly Hidden[] = [
  ["assume-unchanged", "git update-index --assume-unchanged src/a.txt; echo work > src/a.txt", "src/a.txt"],
  ["skip-worktree", "git update-index --skip-worktree src/a.txt; echo work > src/a.txt", "src/a.txt"],
  ["both of them", "git update-index --assume-unchanged --skip-worktree src/a.txt; echo work > src/a.txt", "src/a.txt"],
  ["a sparse checkout", "git sparse-checkout set --no-cone /README.md; mkdir src; echo work > src/a.txt", "src/a.txt"],
  [
    "a sparse checkout, new",
    "git sparse-checkout set --no-cone /README.md; mkdir src; echo work > src/new.txt",
    "src/new.txt",
  ],
  ["core.fileMode", "git config core.fileMode false; chmod +x src/a.txt", "src/a.txt"],
  [
    "core.worktree",
    "mkdir ../elsewhere; cp -rp README.md src ../elsewhere; git config core.worktree ../../elsewhere; echo work > src/a.txt",
    "src/a.txt",
  ],
  ["core.bare", "git config core.bare true; echo work > src/a.txt", "src/a.txt"],
  [
    "a replaced commit",
    "echo work > src/a.txt; git add -A; tree=$(git write-tree); git reset -q; git replace HEAD $(git commit-tree $tree -m x)",
    "src/a.txt",
  ],
];

describe("what a worker's git is told not to see", () => {
  let scene: CodeScene;
  let base: string;

  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "a\n", "src/b.txt": "b\n" });
    base = (await scene.push()).base;
  });
  afterEach(() => scene.close());

  it.each(HIDDEN)("is work, comes back and is never written over: %s", async (_name, script, path) => {
    await scene.guest.sh(`cd project && { ${script}; } 2>/dev/null`);
    const found = await scene.ask();
    expect(JSON.stringify(found)).toContain(path);
    const index = await scene.guest.sh("cksum < project/.git/index");
    expect(await scene.collect(base)).toMatchObject({ files: 1, refused: null });
    const { changes } = await scene.results.show((await scene.results.list())[0]?.id ?? "");
    expect(changes).toMatchObject([{ path }]);
    expect(await scene.guest.sh("cksum < project/.git/index")).toBe(index);
    await scene.results.discard((await scene.results.list())[0]?.id ?? "", {
      signal: new AbortController().signal,
      timeoutMs: 60_000,
    });
    const before = await scene.guest.sh(`stat -c %a project/${path} && cat project/${path}`);
    await scene.user.write(path, "of the user\n");
    await scene.user.commit("second");
    await scene.guest.git("project", "update-ref", "-d", "refs/limaform/snapshot");
    await expect(scene.push()).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
    expect(await scene.guest.sh(`stat -c %a project/${path} && cat project/${path}`)).toBe(before);
  });

  it("is written over once it is in quarantine", async () => {
    await scene.guest.sh("cd project && git update-index --skip-worktree src/a.txt && echo work > src/a.txt");
    await scene.collect(base);
    await scene.user.write("src/a.txt", "of the user\n");
    await scene.user.commit("second");
    await scene.push();
    expect(await scene.guest.sh("cat project/src/a.txt")).toBe("of the user");
  });

  it("is work in a linked work tree too", async () => {
    await scene.guest.sh(
      "cd project && git worktree add -q ../other && cd ../other && git update-index --skip-worktree src/a.txt && echo work > src/a.txt",
    );
    expect(await scene.ask()).toMatchObject({ items: [{ kind: "worktree", count: 1 }] });
  });

  it("comes back with sync-back too", async () => {
    await scene.guest.sh("cd project && git update-index --skip-worktree src/a.txt && echo work > src/a.txt");
    expect((await scene.pull()).changes).toMatchObject([{ path: "src/a.txt", status: "taken" }]);
    expect(await readFile(join(scene.user.root, "src/a.txt"), "utf8")).toBe("work\n");
  });

  it("takes nothing of a sparse checkout for deleted", async () => {
    await scene.guest.git("project", "sparse-checkout", "set", "--no-cone", "/README.md");
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
    expect(await scene.collect(base)).toBeNull();
    expect((await scene.pull()).changes).toEqual([]);
  });
});
