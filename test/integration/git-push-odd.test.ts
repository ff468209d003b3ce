import { chmod, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene } from "../support/code-scene.js";

/* Work trees that no tidy user has: nothing of them may end a plan, and the user's git directory stays as it is. */

describe("push from an odd work tree", () => {
  let scene: CodeScene;
  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "a\n", b: "b\n", "dir/x": "x\n" });
  });
  afterEach(() => scene.close());
  const place = (path: string) => join(scene.user.root, path);

  /** Pushes and gives mode and path of what arrived; the user's index and the names in `.git` must be as before. */
  const push = async (): Promise<readonly string[]> => {
    const names = async () => (await readdir(place(".git"), { recursive: true })).sort();
    const before = { index: await readFile(place(".git/index")), names: await names() };
    await scene.push();
    expect({ index: await readFile(place(".git/index")), names: await names() }).toEqual(before);
    expect(await scene.guest.git("project", "status", "--porcelain")).toBe("");
    const listed = await scene.guest.git("project", "-c", "core.quotePath=false", "ls-files", "-s");
    return listed.split("\n").map((line) => line.replace(/ .*\t/u, " "));
  };

  it("carries a folder that became a link, and a file and a folder that changed places", async () => {
    await rename(place("src"), place("sources"));
    await symlink("sources", place("src"));
    await rm(place("b"));
    await mkdir(place("b"));
    await writeFile(place("b/inner"), "inner\n");
    await rm(place("dir"), { recursive: true });
    await writeFile(place("dir"), "a file now\n");
    expect(await push()).toEqual([
      "100644 README.md",
      "100644 b/inner",
      "100644 dir",
      "100644 sources/a.txt",
      "120000 src",
    ]);
  });

  it("writes no shared half of a split index", async () => {
    await scene.user.git("config", "core.splitIndex", "true");
    await scene.user.git("update-index", "--split-index");
    await scene.user.write("staged", "s\n");
    await scene.user.git("add", "staged");
    await scene.user.write("untracked", "u\n");
    expect(await push()).toEqual([
      "100644 README.md",
      "100644 b",
      "100644 dir/x",
      "100644 src/a.txt",
      "100644 staged",
      "100644 untracked",
    ]);
  });

  it("carries files that were only announced to the index, and a merge that is under way", async () => {
    await scene.user.write("announced", "ita\n");
    await scene.user.git("add", "-N", "announced");
    await scene.user.git("checkout", "-q", "-b", "other");
    await scene.user.write("src/a.txt", "theirs\n");
    await rm(place("b"));
    await scene.user.git("commit", "-q", "-a", "-m", "other");
    await scene.user.git("checkout", "-q", "main");
    await scene.user.write("src/a.txt", "ours\n");
    await scene.user.write("b", "ours\n");
    await scene.user.git("commit", "-q", "-a", "-m", "ours");
    await expect(scene.user.git("merge", "other")).rejects.toThrow();
    expect(await push()).toEqual([
      "100644 README.md",
      "100644 announced",
      "100644 b",
      "100644 dir/x",
      "100644 src/a.txt",
    ]);
    expect(await scene.guest.sh("cat project/src/a.txt")).toContain("<<<<<<<");
  });

  it("carries names with every odd byte, each as itself", async () => {
    const names = ["-rf", "new\nline", 'q"uote', "tab\tx", " lead", "trail ", "ünï", "..foo", "*", "!neg", "#c", "\\b"];
    for (const name of [...names, "a:b", ":(top)x", "esc\u001b[31m"]) await writeFile(place(name), name);
    await writeFile(Buffer.concat([Buffer.from(place("latin")), Buffer.from([0xe9])]), "x");
    expect(await push()).toHaveLength(4 + names.length + 4);
  });

  it("carries what a sparse checkout with a sparse index shows", async () => {
    await scene.user.git("sparse-checkout", "set", "--cone", "--sparse-index", "src");
    await scene.user.write("src/new", "n\n");
    const arrived = await push();
    expect(arrived).toContain("100644 src/new");
    expect(arrived).toContain("100644 dir/x");
  });

  it("says which file cannot be taken along, and the ways out", async () => {
    await scene.user.git("config", "filter.broken.clean", "false");
    await scene.user.git("config", "filter.broken.required", "true");
    await scene.user.write(".gitattributes", "*.f filter=broken\n");
    await scene.user.write("y.f", "y\n");
    await expect(scene.facts()).rejects.toMatchObject({
      code: "REPO_CARRY_FAILED",
      message: expect.stringContaining("y.f"),
      hint: expect.stringContaining("repo.uncommitted"),
    });
  });

  it.skipIf(process.geteuid?.() === 0)("leaves out new files that the user cannot read, and names them", async () => {
    await scene.user.write("closed", "c\n");
    await chmod(place("closed"), 0);
    await scene.user.write("open", "o\n");
    expect((await scene.facts()).notes).toEqual(["closed cannot be read by you and is not carried into workers."]);
    expect(await push()).toEqual(["100644 README.md", "100644 b", "100644 dir/x", "100644 open", "100644 src/a.txt"]);
  });
});
