import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lookAtCode } from "../../src/adapters/git/look.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";

/* Where many files are, a look remembers which folders have not changed: it must say what one says that remembers nothing. */

const FOLDER = "project/.git/limaform-look";
/** Each is undone by the next, but for the first and the last. */
const STEPS: readonly (readonly [name: string, script: string, isClean: boolean])[] = [
  ["nothing", ":", true],
  ["a new file beside others", "echo x > src/new.txt", false],
  ["it is gone", "rm src/new.txt", true],
  ["a new file in a new folder", "mkdir -p a/b; echo x > a/b/new.txt", false],
  ["it is ignored", "printf 'a/\\n.gitignore\\n' > .gitignore", true],
  ["not any more", "printf '.gitignore\\n' > .gitignore", false],
  ["both are gone", "rm -r a .gitignore", true],
  ["ignored by the repository's own list", "echo x > mine; mkdir -p .git/info; echo mine > .git/info/exclude", true],
  ["not any more", "echo > .git/info/exclude", false],
  ["it is gone", "rm mine", true],
  ["a tracked file of another size", "echo more >> src/a.txt", false],
  ["as it was", "git checkout -q src/a.txt", true],
  ["one of the same size", "printf 'b\\n' > src/a.txt", false],
  ["as it was", "git checkout -q src/a.txt", true],
  ["something is only in the index", "echo staged > src/a.txt; git add src/a.txt; printf 'a\\n' > src/a.txt", false],
  ["as it was", "git reset -q", true],
  ["a file is gone", "rm src/a.txt", false],
  [
    "another is in its place, in a folder with its old times",
    "touch -r src at; echo x > src/c; touch -r at src; rm at",
    false,
  ],
  ["as it was", "rm src/c; git checkout -q src/a.txt", true],
  ["a repository inside", "git init -q inner && echo x > inner/f", false],
  ["it is gone", "rm -rf inner", true],
  ["a commit", "git commit -q --allow-empty -m mine", true],
];

describe("a look that remembers folders", () => {
  let scene: CodeScene;
  const look = () => lookAtCode(scene.guest, { instance: INSTANCE, guestPath: "~/project" }, options());
  const kept = async () => (await scene.guest.sh(`ls ${FOLDER} 2>/dev/null || echo none`)).split("\n");

  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "a\n", "src/b.txt": "b\n", "deep/er/c.txt": "c\n" });
    await scene.push();
  });
  afterEach(() => scene.close());

  it("says after each change what a look says that remembers nothing", async () => {
    for (const [name, script, isClean] of STEPS) {
      await scene.guest.sh(`cd project && { ${script}; }`);
      await scene.guest.sh(`rm -rf ${FOLDER}`);
      const plain = await look();
      expect([name, plain?.isClean]).toEqual([name, isClean]);
    }
    await scene.guest.git("project", "reset", "-q", "--hard", "HEAD~1");
    await mkdir(join(scene.guest.home, FOLDER));
    const index = "cksum < project/.git/index";
    for (const [name, script, isClean] of STEPS) {
      await scene.guest.sh(`cd project && { ${script}; }`);
      const before = await scene.guest.sh(index);
      for (const _ of ["made", "kept"]) expect([name, (await look())?.isClean]).toEqual([name, isClean]);
      expect([name, await scene.guest.sh(index)]).toEqual([name, before]);
      expect(await kept()).toHaveLength(1);
    }
    expect(await scene.guest.sh(`grep -c UNTR ${FOLDER}/* project/.git/index || true`)).toMatch(/:[1-9]\d*\n.*:0$/u);
  });

  it("is a plain look where it cannot remember", async () => {
    await scene.guest.sh(`ln -s /nowhere ${FOLDER}`);
    expect(await look()).toMatchObject({ isClean: true });
    await scene.guest.sh(`rm ${FOLDER} && mkdir -p ${FOLDER}/held && chmod 500 ${FOLDER}`);
    expect(await look()).toMatchObject({ isClean: true });
    await scene.guest.sh(`chmod 700 ${FOLDER} && echo x > project/new`);
    expect(await look()).toMatchObject({ isClean: false });
  });

  it("remembers after a push of many files alone", async () => {
    expect(await kept()).toEqual(["none"]);
    const name = (at: number) => `many/${String(at).padStart(240, "n")}`;
    await scene.user.write("many/.keep", "");
    await scene.guest.sh(`mkdir -p ${join(scene.user.root, "many")}`);
    await Promise.all(Array.from({ length: 1_800 }, (_, at) => scene.user.write(name(at), "x\n")));
    await scene.user.commit("many");
    await scene.push();
    expect(await kept()).toEqual([""]);
    expect(await look()).toMatchObject({ isClean: true });
    expect(await kept()).toHaveLength(1);
    await scene.guest.sh("echo x > project/many/new");
    expect(await look()).toMatchObject({ isClean: false });
  });
});
