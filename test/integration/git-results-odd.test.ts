import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene, RUN } from "../support/code-scene.js";
import { digestOf } from "../support/digest-tree.js";
import { userEnvironment } from "../support/git-fixture.js";

/* Results that are accepted while the user's repository is in the middle of something, or is no plain clone. */

const BRANCH = `limaform/${RUN}/1`;
let scene: CodeScene;
const sh = (root: string, script: string) =>
  execFileSync("sh", ["-c", script], {
    cwd: root,
    env: userEnvironment(join(scene.user.root, "..")),
    encoding: "utf8",
  });
const work = (script: string) => scene.guest.sh(`cd project; ${script}`);

beforeEach(async () => {
  scene = await makeCodeScene({ "src/a.txt": "a\n", "src/b.txt": "b\n" });
});
afterEach(() => scene.close());

describe("a result is accepted", () => {
  it("beside a merge in conflict, on a detached HEAD, with staged, changed and new files and locks of another git", async () => {
    const { root } = scene.user;
    const { base } = await scene.push();
    await work("echo work > src/a.txt; git commit -qam w; echo new > new");
    await scene.collect(base);
    sh(
      root,
      `git checkout -qb other && echo o > src/b.txt && git commit -qam o && git checkout -q --detach main &&
      echo m > src/b.txt && git commit -qam m && ! git merge other >/dev/null && echo staged > s && git add s &&
      echo dirt > src/a.txt && echo n > n && touch .git/HEAD.lock .git/index.lock`,
    );
    const state = () =>
      digestOf(
        [root],
        ["objects", "refs", "logs", "limaform"].map((name) => join(root, ".git", name)),
      );
    const before = await state();
    expect(await scene.accept()).toMatchObject({ branch: BRANCH, files: 2 });
    expect(await state()).toBe(before);
    expect(sh(root, `git show ${BRANCH}:src/a.txt; git rev-parse ${BRANCH}^`)).toBe(`work\n${base}\n`);
  });

  it.each([
    ["a linked work tree", (root: string, other: string) => sh(root, `git worktree add -q ${other}`)],
    ["a shallow clone", (root: string, other: string) => sh(root, `git clone -q --depth 1 file://${root} ${other}`)],
  ])("in %s", async (_name, make) => {
    await scene.user.write("src/b.txt", "two\n");
    await scene.user.commit("second");
    const other = join(scene.user.root, "../other");
    make(scene.user.root, other);
    sh(other, "git config user.name Uma && git config user.email uma@example.org");
    scene = { ...scene, user: { ...scene.user, root: other } };
    const facts = await scene.facts();
    const place = { instance: "my-app-worker-1", guestPath: "~/project", overwrite: false, root: other };
    const call = { signal: new AbortController().signal, timeoutMs: 60_000, report: () => {} };
    const request = { ...place, commit: facts.head ?? "", branch: facts.branch, carried: null };
    const { base } = await scene.codePush.push(request, call);
    await work("echo work > src/a.txt; git commit -qam w");
    const ask = { run: RUN, slot: 1, root: other, base, specFiles: [], isFolder: false, isRepository: true };
    await scene.results.collect({ ...ask, instance: place.instance, guestPath: place.guestPath }, call);
    const accept = { id: RUN, root: other, isRepository: true, keepCommits: true, allow: [] };
    expect(await scene.results.accept(accept, call)).toMatchObject({ branch: BRANCH, files: 1 });
    expect(sh(other, `git show ${BRANCH}:src/a.txt; git status --porcelain; git fsck 2>&1`)).toBe("work\n");
    expect(await readFile(join(other, "src/a.txt"), "utf8")).toBe("a\n");
  });

  it("as one commit alone where a header that no log shows would write to the terminal", async () => {
    const { base } = await scene.push();
    await work(
      `echo x > x; git add x; printf 'tree %s\\nparent %s\\nauthor A <a@b> 1 +0000\\ncommitter A <a@b> 1 +0000\\nx-evil \\033]0;evil\\007\\n\\nx\\n' \
      $(git write-tree) $(git rev-parse HEAD) > ../c; git update-ref HEAD $(git hash-object -w -t commit --literally ../c)`,
    );
    await scene.collect(base);
    await expect(scene.accept(undefined, true)).rejects.toMatchObject({
      code: "REVIEW_KEEP_COMMITS",
      message: expect.stringMatching(/^Commit [0-9a-f]{8} of /u),
    });
    expect(await scene.accept()).toMatchObject({ files: 1 });
  });
});
