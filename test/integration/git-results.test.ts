import { chmod, mkdir, readdir, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit } from "../../src/adapters/git/git.js";
import { createResultStore } from "../../src/adapters/git/results.js";
import { type CodeScene, INSTANCE, makeCodeScene, options, RUN } from "../support/code-scene.js";
import { digestOf } from "../support/digest-tree.js";
import { userEnvironment } from "../support/git-fixture.js";

const BRANCH = `limaform/${RUN}/1`;

describe("the way of a worker's work back to the host", () => {
  let scene: CodeScene;
  let base: string;
  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "1\n2\n3\n4\n5\n6\n7\n8\n", ".gitignore": "*.log\n" });
    base = (await scene.push()).base;
  });
  afterEach(() => scene.close());
  const work = (script: string) => scene.guest.sh(`cd project; ${script}`);

  it("gives nothing for a run that changed nothing", async () => {
    expect(await scene.collect(base)).toBeNull();
    expect(await scene.results.list()).toEqual([]);
  });

  it("takes commits and uncommitted files along, leaving index and branch of the worker alone", async () => {
    await work(
      "echo new > docs.txt; git add docs.txt; git commit -q -m 'write docs'; echo more >> docs.txt; echo u > untracked; echo l > x.log",
    );
    const status = await scene.guest.git("project", "status", "--porcelain=v2", "--branch");
    const found = await scene.collect(base);
    expect(found).toMatchObject({
      id: `${RUN}/1`,
      commits: 2,
      files: 2,
      additions: 3,
      deletions: 0,
      flagged: [],
      refused: null,
      base,
    });
    expect(await scene.guest.git("project", "status", "--porcelain=v2", "--branch")).toBe(status);
    const shown = await scene.results.show(RUN);
    expect(shown.changes.map(({ path }) => path)).toEqual(["docs.txt", "untracked"]);
    expect(shown.log.map(({ subject }) => subject)).toEqual([
      `Uncommitted files at the end of run ${RUN}`,
      "write docs",
    ]);
    expect(await scene.results.list()).toEqual([found]);
  });

  it("no longer counts collected work as at risk, but newer work on top of it", async () => {
    await work(
      "echo new > docs.txt; git add docs.txt; git commit -q -m docs; echo more >> docs.txt; echo u > untracked",
    );
    await scene.collect(base);
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
    await scene.user.commit("second");
    await work("echo later > later");
    expect(await scene.ask()).toMatchObject({ items: [{ kind: "uncommitted" }, { kind: "untracked", count: 2 }] });
    await expect(scene.push()).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
    await work("rm later");
    const { base: next } = await scene.push();
    expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(next);
    expect(await scene.guest.sh("ls project")).toBe("README.md\nsrc");
  });

  it("comes where a killed git left locks, and waits for those of one that may be at work", async () => {
    await scene.collect(base);
    await work("echo more > more");
    const gitDir = scene.quarantines.path(INSTANCE);
    const locks = ["packed-refs.lock", `refs/limaform/result/${RUN}/1.lock`].map((name) => join(gitDir, name));
    await mkdir(join(gitDir, `refs/limaform/result/${RUN}`), { recursive: true });
    for (const lock of locks) await writeFile(lock, "");
    await expect(scene.collect(base)).rejects.toMatchObject({ code: "REPO_GIT_FAILED" });
    const before = new Date(Date.now() - 60_000);
    for (const lock of locks) await utimes(lock, before, before);
    await scene.collect(base);
    for (const lock of locks) await expect(stat(lock)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("marks the run as collected", async () => {
    await scene.guest.sh(`mkdir -p runs/${RUN}; cd project; echo x > x`);
    await scene.collect(base);
    expect(await scene.guest.sh(`ls runs/${RUN}`)).toBe("collected");
    expect(await scene.guest.sh("find project/.git -name '*.pack' -path '*limaform-*'")).toBe("");
  });

  it("reports of each flagged change the commit it came with, of a lock file where packages now come from", async () => {
    await work(
      `echo all: > Makefile; git add -A; git commit -q -m make; echo '{"packages":{"a":{"resolved":"https://u:p@evil.example/a.tgz"}}}' > package-lock.json; git add -A; git commit -q -m lock; truncate -s 5M yarn.lock; echo x > plain`,
    );
    await scene.collect(base);
    const { changes, log } = await scene.results.show(RUN);
    const subjects = new Map(log.map(({ commit, subject }) => [commit, subject]));
    const told = changes.map(({ path, commit, sources }) => [path, subjects.get(commit ?? ""), sources]);
    expect(told).toEqual([
      ["package-lock.json", "lock", { added: ["evil.example"], removed: [] }],
      ["yarn.lock", `Uncommitted files at the end of run ${RUN}`, null],
      ["Makefile", "make", undefined],
      ["plain", undefined, undefined],
    ]);
  });

  it("shows the difference of a result as text: all of it, or the named paths, control characters as text", async () => {
    await work(
      "sed -i s/2/two/ src/a.txt; printf 'a\\033[2Jb\\n' > odd; echo '* diff=evil' > .gitattributes; git config diff.evil.command false",
    );
    await scene.collect(base);
    const all = await scene.results.diff(RUN, [], options());
    expect(all.isCut).toBe(false);
    expect(all.text).toContain("-2\n+two\n");
    expect(all.text).toContain("+++ b/odd");
    expect(all.text).not.toContain("\u001b");
    const one = await scene.results.diff(RUN, ["src"], options());
    expect(one.text).toContain("+two");
    expect(one.text).not.toContain("odd");
    await scene.results.discard(RUN, options());
    await expect(scene.results.diff(RUN, [], options())).rejects.toMatchObject({ code: "REVIEW_NOT_FOUND" });
  });

  it("accepts as one commit by the user, without touching work tree, index or HEAD", async () => {
    await work(
      "echo new > docs.txt; sed -i s/2/two/ src/a.txt; git add -A; git commit -q -m a; git rm -q README.md; git commit -q -m b",
    );
    await scene.collect(base);
    const before = await scene.user.git("status", "--porcelain=v2", "--branch");
    const accepted = await scene.accept();
    expect(accepted).toEqual({ branch: BRANCH, commit: await scene.user.git("rev-parse", BRANCH), files: 3 });
    expect(
      await scene.user.git("log", "-1", "--format=%an %ae %cn|%s|%(trailers:key=Limaform-Run,valueonly)", BRANCH),
    ).toBe(`Uma User uma@example.org Uma User|Work of run ${RUN}, worker 1|${RUN}/1\n`);
    expect(await scene.user.git("rev-parse", `${BRANCH}^`)).toBe(base);
    expect(await scene.user.git("diff", "--name-status", base, BRANCH)).toBe("D\tREADME.md\nA\tdocs.txt\nM\tsrc/a.txt");
    expect(await scene.user.git("status", "--porcelain=v2", "--branch")).toBe(before);
    expect(await scene.user.git("fsck", "--connectivity-only")).toBe("");
    expect(await scene.accept()).toEqual(accepted);
    expect((await scene.results.list())[0]?.accepted).toMatchObject({ branch: BRANCH });
  });

  it("keeps the agent's commits when asked", async () => {
    await work("echo new > docs.txt; git add -A; git commit -q -m 'agent wrote this'");
    const tip = await scene.guest.git("project", "rev-parse", "HEAD");
    await scene.collect(base);
    expect(await scene.accept(undefined, true)).toMatchObject({ commit: tip });
    expect(await scene.accept(undefined, true)).toMatchObject({ commit: tip });
    // The one commit is another branch under the same name: not said to be there.
    await expect(scene.accept()).rejects.toMatchObject({ code: "REVIEW_BRANCH_TAKEN" });
  });

  it("is refused at once for a file without end, and says which files nobody could read", async () => {
    await work("truncate -s 1T huge");
    await expect(scene.collect(base)).rejects.toMatchObject({ code: "REVIEW_TOO_LARGE" });
    // A name that git never takes stands for a file that it may not read: the tests may run as root.
    await work("rm huge; mkdir .GIT; echo x > .GIT/x");
    await expect(scene.collect(base)).rejects.toMatchObject({ code: "REPO_COLLECT_FAILED" });
    await work("echo y > y");
    expect(await scene.collect(base)).toMatchObject({ files: 1, isPartial: true });
    expect(await scene.results.list()).toMatchObject([{ isPartial: true }]);
    await work("rm -r .GIT");
    expect(await scene.collect(base)).not.toHaveProperty("isPartial");
  });

  it.each([
    ["a message", `-m "$(printf 'fine\\n\\n\\033]0;evil\\007')"`],
    ["an author", `-m fine --author "$(printf 'Uma\\342\\200\\256 <u@x>')"`],
  ])("does not keep commits that would write to the terminal of whoever reads the log: %s", async (_name, flags) => {
    await work(`echo new > docs.txt; git add -A; git commit -q ${flags}`);
    await scene.collect(base);
    await expect(scene.accept(undefined, true)).rejects.toMatchObject({ code: "REVIEW_KEEP_COMMITS" });
    expect(await scene.user.git("branch", "--list", "limaform/*")).toBe("");
    expect(await scene.accept()).toMatchObject({ files: 1 });
  });

  it("leaves the user's carried edits out of the accepted commit, also in a file that both changed", async () => {
    await scene.user.write("src/a.txt", "ONE\n2\n3\n4\n5\n6\n7\n8\n");
    await scene.user.write("mine.txt", "mine\n");
    base = (await scene.push()).base;
    await work("sed -i s/8/eight/ src/a.txt; echo x > theirs.txt; git add -A; git commit -q -m x");
    expect(await scene.collect(base)).toMatchObject({ files: 2, commits: 1 });
    await expect(scene.accept(undefined, true)).rejects.toMatchObject({ code: "REVIEW_KEEP_COMMITS" });
    await scene.accept();
    expect(await scene.user.git("diff", "--name-status", "HEAD", BRANCH)).toBe("M\tsrc/a.txt\nA\ttheirs.txt");
    expect(await scene.user.git("show", `${BRANCH}:src/a.txt`)).toBe("1\n2\n3\n4\n5\n6\n7\neight");
    expect(await scene.user.git("rev-parse", `${BRANCH}^`)).toBe(await scene.user.git("rev-parse", "HEAD"));
  });

  it("names the files in conflict with carried edits and makes no branch", async () => {
    await scene.user.write("src/a.txt", "ONE\n2\n3\n4\n5\n6\n7\n8\n");
    base = (await scene.push()).base;
    await work("sed -i s/ONE/eins/ src/a.txt");
    await scene.collect(base);
    await expect(scene.accept()).rejects.toMatchObject({ code: "REVIEW_CONFLICT", details: { paths: ["src/a.txt"] } });
    expect(await scene.user.git("branch", "--list", "limaform/*")).toBe("");
  });

  it("runs no merge driver, filter or hook of the user on what came back", async () => {
    const trap = join(scene.user.root, "../trap");
    await writeFile(`${trap}.sh`, `#!/bin/sh\ntouch ${trap}.sprung\n`, { mode: 0o755 });
    await scene.user.git("config", "core.hooksPath", join(scene.user.root, "../hooks"));
    for (const key of ["merge.trap.driver", "filter.trap.clean", "filter.trap.smudge", "diff.trap.command"]) {
      await scene.user.git("config", "--global", key, `${trap}.sh`);
    }
    for (const hook of ["reference-transaction", "post-checkout", "post-commit", "post-rewrite", "update"]) {
      await scene.user.write(`../hooks/${hook}`, `#!/bin/sh\ntouch ${trap}.sprung\n`);
      await chmod(join(scene.user.root, "../hooks", hook), 0o755);
    }
    await scene.user.write("src/a.txt", "ONE\n2\n3\n4\n5\n6\n7\n8\n");
    base = (await scene.push()).base;
    await work("sed -i s/8/eight/ src/a.txt");
    await scene.collect(base);
    await writeFile(join(scene.user.root, ".git/info/attributes"), "* merge=trap diff=trap filter=trap\n");
    await scene.accept();
    await expect(scene.user.git("hash-object", `${trap}.sprung`)).rejects.toThrow();
  });

  it.each([
    ["limaform.toml", "spec"],
    ["scripts/setup.sh", "spec"],
    [".github/workflows/x.yml", "ci"],
    ["package.json", "scripts"],
    ["sub/.envrc", "environment"],
    ["CLAUDE.md", "agents"],
    [".GitAttributes", "gitattributes"],
    ["Makefile", "build"],
  ])("refuses to accept a change of %s and names the category %s", async (path, category) => {
    await work(`mkdir -p "$(dirname ${path})"; echo x > ${path}`);
    expect(await scene.collect(base)).toMatchObject({ flagged: [category] });
    await expect(scene.accept()).rejects.toMatchObject({
      code: "REVIEW_FLAGGED",
      details: { flagged: [category], paths: [path] },
    });
    expect(await scene.user.git("branch", "--list", "limaform/*")).toBe("");
  });

  it("flags new executables, links, binary files and files in the user's own hook folder", async () => {
    await scene.user.git("config", "core.hooksPath", "tools/git");
    await work(
      "echo x > run; chmod +x run; ln -s src/a.txt link; printf 'a\\000b' > blob; mkdir -p tools/git; echo x > tools/git/pre-push",
    );
    expect(await scene.collect(base)).toMatchObject({
      flagged: ["hooks", "symlinks", "modes", "binaries"],
      refused: null,
    });
  });

  it.each([
    ["a hook folder through a link", "core.hooksPath", "../link/tools/git", "tools/git/pre-push"],
    ["an alias", "alias.go", '!sh -c "./bin/go now"', "bin/go"],
    ["a filter", "filter.x.clean", "tools/clean.py --fast", "tools/clean.py"],
    ["a merge driver", "merge.x.driver", "'$PWD/../project/tools/merge' %A %B", "tools/merge"],
    ["an included configuration", "include.path", "../tools/team.ini", "tools/team.ini"],
    ["a monitor", "core.fsmonitor", "./watch", "watch"],
  ])("flags a change of what the user's git runs: %s", async (_name, key, value, path) => {
    await symlink(scene.user.root, join(scene.user.root, "../link"));
    await scene.user.write(path, "#!/bin/sh\n");
    await chmod(join(scene.user.root, path), 0o755);
    await scene.user.commit("tools");
    await scene.user.git("config", key, value.replace("$PWD", scene.user.root));
    base = (await scene.push()).base;
    await work(`echo evil >> ${path}; echo fine > fine.txt`);
    expect(await scene.collect(base)).toMatchObject({ flagged: ["hooks"], files: 2 });
    await expect(scene.accept()).rejects.toMatchObject({ code: "REVIEW_FLAGGED", details: { paths: [path] } });
  });

  it("does not take a command that goes to the work tree for one that runs all of it", async () => {
    await scene.user.git("config", "alias.top", `!cd ${scene.user.root}/ && make`);
    await work("echo x > x");
    expect(await scene.collect(base)).toMatchObject({ flagged: [] });
  });

  it("leaves repositories inside the work tree out, and they stay at risk", async () => {
    await work("git init -q inner; (cd inner; git commit -q --allow-empty -m i); echo x > x");
    expect(await scene.collect(base)).toMatchObject({ files: 1, refused: null });
    expect(await scene.ask()).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining({ kind: "nested_repository" })]),
    });
  });

  it("forgets a discarded result, whose commits then count as had", async () => {
    await work("head -c 100000 /dev/urandom > big; git add -A; git commit -q -m x; echo y > y");
    const found = await scene.collect(base);
    await scene.results.discard(RUN, options());
    await scene.results.discard(RUN, options());
    expect(await scene.results.list()).toEqual([]);
    await expect(scene.accept()).rejects.toMatchObject({ code: "REVIEW_NOT_FOUND" });
    const gitDir = scene.quarantines.path("my-app-worker-1");
    await expect(scene.git.neutral(gitDir, ["cat-file", "-e", found?.tip ?? ""], options())).rejects.toMatchObject({
      code: "REPO_GIT_FAILED",
    });
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
  });

  it("removes a gone worker's quarantine only when nothing in it waits", async () => {
    await work("echo x > x");
    await scene.collect(base);
    expect(await scene.results.forgetWorker("my-app-worker-1")).toBe(false);
    await scene.accept();
    expect(await scene.results.forgetWorker("my-app-worker-1")).toBe(true);
    expect(await scene.quarantines.list()).toEqual([]);
  });

  it("leaves nothing of an import that was cut off in the user's repository, and the next accept does it", async () => {
    await work("head -c 100000 /dev/urandom | base64 > big");
    await scene.collect(base);
    const { root } = scene.user;
    const bins = join(root, "../bins");
    const PATH = process.env.PATH ?? "/usr/bin:/bin";
    // As a disk that fills: git is ended by the system in the middle of its pack.
    const cut = `#!/bin/bash\ncase " $* " in *"${root}/.git index-pack "*) ulimit -f 8 ;; esac\nPATH='${PATH}' exec git "$@"\n`;
    await scene.user.write("../bins/git", cut);
    await chmod(join(bins, "git"), 0o755);
    const git = createGit({ ...userEnvironment(join(root, "..")), PATH: `${bins}:${PATH}` });
    const { guest, store, quarantines, runsFolder } = scene;
    const results = createResultStore({ git, guest, store, quarantines, clock: { now: () => "" }, runsFolder });
    const request = { id: RUN, root, isRepository: true, keepCommits: false, allow: [] };
    const before = await digestOf([join(root, ".git/objects"), join(root, ".git/refs")]);
    await expect(results.accept(request, options())).rejects.toMatchObject({ code: "REPO_GIT_FAILED" });
    expect(await digestOf([join(root, ".git/objects"), join(root, ".git/refs")])).toBe(before);
    expect(await readdir(join(root, ".git/limaform"))).toEqual([]);
    expect(await scene.accept()).toMatchObject({ files: 1 });
  });

  it("makes a new branch after the user deleted the first, and refuses a name in use", async () => {
    await work("echo x > x");
    await scene.collect(base);
    await scene.accept();
    await scene.user.git("branch", "-q", "-D", BRANCH);
    await scene.accept();
    await scene.user.git("branch", "-q", "-f", BRANCH, "HEAD");
    await expect(scene.accept()).rejects.toMatchObject({ code: "REVIEW_BRANCH_TAKEN" });
  });

  it("says what is missing: an identity, a base, a result", async () => {
    await expect(scene.accept("nothing/1")).rejects.toMatchObject({ code: "REVIEW_NOT_FOUND" });
    await expect(scene.collect("1".repeat(40))).rejects.toMatchObject({ code: "REVIEW_BASE_GONE" });
    await work("echo x > x");
    await scene.collect(base);
    await scene.user.git("config", "--unset", "user.email");
    await expect(scene.accept()).rejects.toMatchObject({ code: "REVIEW_NO_IDENTITY" });
  });

  it("collects several runs of one worker apart and refuses an ambiguous id no result has", async () => {
    await work("echo 1 > one");
    await scene.collect(base);
    await work("echo 2 > two");
    await scene.collect(base, "20260102-030406-abcd");
    expect((await scene.results.list()).map(({ run, files }) => [run, files])).toEqual([
      ["20260102-030406-abcd", 2],
      [RUN, 1],
    ]);
  });
});
