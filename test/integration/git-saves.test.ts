import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SaveSummary } from "../../src/ports/saves.js";
import type { WorkFinding } from "../../src/world/world.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";
import { createForge } from "../support/hostile-objects.js";

/* Work is taken from a guest that is a folder into saved.git, and comes back byte for byte. */

const unsaved = (finding: WorkFinding) =>
  finding.kind === "known" ? finding.items.filter(({ saved }) => saved !== true).map(({ kind }) => kind) : finding;
const saved = (finding: WorkFinding) =>
  finding.kind === "known" ? finding.items.filter((item) => item.saved === true).map(({ kind }) => kind) : finding;
const ALL = ["spec", "hooks", "ci", "scripts", "lockfiles", "build", "ide", "environment", "agents"];
const ALLOW = [...ALL, "gitattributes", "gitmodules", "symlinks", "modes", "binaries"];

describe("saving a worker's work", () => {
  let scene: CodeScene;
  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "one\n", "old.txt": "old\n", ".gitignore": "*.log\n" });
    await scene.user.write("draft.txt", "mine\n");
    await scene.push();
  });
  afterEach(() => scene.close());
  const inside = (script: string) => scene.guest.sh(`cd project; ${script}`);
  const probeOf = () => ({
    instance: INSTANCE,
    guestPath: "~/project",
    workPaths: [],
    notWork: ["*.log"],
    hostRoot: scene.user.root,
    madeAt: null,
  });
  const save = async (): Promise<SaveSummary | null> => {
    const finding = await scene.ask();
    return scene.saves.save({ probe: probeOf(), address: "worker.default[1]", why: "replace", finding }, options());
  };
  const rules = () => ({ root: scene.user.root, isRepository: true, specFiles: [] });
  const accept = (id = "save/1") => scene.saves.accept(id, { ...rules(), allow: ALLOW }, options());
  /** Every file of a folder: kind, exec bit, bytes or link target, by raw name. */
  const treeOf = (folder: string) =>
    scene.guest.sh(
      `cd "${folder}"; find . -name .git -prune -o \\( -type f -o -type l \\) -printf '%y %04m %p %l\\0' | sed -z 's/^f 0[0-7]*[1357][0-7][0-7] /x /; s/^f 0[0-7]* /f /' | sort -z | tr '\\0' '\\n'; find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum`,
    );
  const restored = async (branch: string) => {
    await scene.user.git("worktree", "add", "-q", "../restored", branch);
    return treeOf(join(scene.user.root, "../restored"));
  };

  it("finds nothing to save in an untouched worker", async () => {
    expect(await save()).toBeNull();
    expect(await scene.saves.list()).toEqual([]);
  });

  it("brings uncommitted and untracked files back identical: bytes, odd names, exec bit, links, empty, binary, deleted", async () => {
    await inside(
      [
        "printf 'changed\\r\\n' > src/a.txt; rm old.txt; printf '' > empty; printf '\\0\\1\\377bin' > bin.dat; mkdir -p 'deep er/ü'",
        "printf run > run.sh; chmod 755 run.sh; ln -s src/a.txt link; ln -s gone dangling; printf s > staged; git add staged",
        "printf q > 'quo\"te'; printf x > 'deep er/ü/-dash'; printf p > '$(p)'; printf g > '*glob[1]'; printf a > \"it's\"",
        "printf l > x.log; printf '* text=auto eol=lf\\n' > .gitattributes; printf 'a\\r\\nb\\r\\n' > crlf.txt",
      ].join("; "),
    );
    const before = await treeOf("project");
    const status = await scene.guest.git("project", "status", "--porcelain=v2", "--branch");
    expect(unsaved(await scene.ask())).toEqual(["uncommitted", "untracked"]);
    const done = await save();
    expect(done).toMatchObject({ id: "save/1", why: "replace", archive: null, refs: [{ name: "files" }] });
    expect(await scene.guest.git("project", "status", "--porcelain=v2", "--branch")).toBe(status);
    expect(await scene.ask()).toMatchObject({ kind: "known" });
    expect(unsaved(await scene.ask())).toEqual([]);
    expect(saved(await scene.ask())).toEqual(["uncommitted", "untracked"]);
    await scene.guest.sh("rm project/x.log");
    const expected = (await treeOf("project")).split("\n");
    expect(before).not.toBe(expected.join("\n"));
    await scene.guest.sh("rm -rf project");
    const { branch, files } = await accept();
    expect(branch).toBe("limaform/save/1");
    expect(files).toBeGreaterThan(10);
    // Line ends of a checkout are the user's git's; the objects hold the bytes.
    await scene.user.git("config", "core.attributesFile", "/dev/null");
    expect(await scene.user.git("cat-file", "blob", `${branch}:crlf.txt`)).toBe("a\r\nb\r");
    await scene.user.git("config", "core.autocrlf", "false");
    expect((await restored(branch)).split("\n").filter((line) => !line.includes("crlf.txt"))).toEqual(
      expected.filter((line) => !line.includes("crlf.txt")),
    );
  });

  it("keeps names that no branch of this host may have, and refuses them only at the accept", async () => {
    await inside(
      "printf n > \"$(printf 'new\\nline')\"; printf t > \"$(printf 'tab\\there')\"; printf b > 'back\\slash'; printf e > \"$(printf 'raw\\377')\"",
    );
    const [line] = (await save())?.refs ?? [];
    const gitDir = `--git-dir=${join(scene.state, "saved.git")}`;
    const names = await scene.user.git(
      gitDir,
      "-c",
      "core.quotePath=true",
      "ls-tree",
      "--name-only",
      line?.commit ?? "",
    );
    for (const name of ['"new\\nline"', '"tab\\there"', '"back\\\\slash"', '"raw\\377"'])
      expect(names.split("\n")).toContain(name);
    expect(await scene.user.git(gitDir, "show", `${line?.commit}:new\nline`)).toBe("n");
    expect(unsaved(await scene.ask())).toEqual([]);
    await expect(accept()).rejects.toMatchObject({ code: "REVIEW_REFUSED" });
  });

  it("keeps commits of every branch, a detached HEAD, tags and all stashes", async () => {
    await inside(
      "git commit -q --allow-empty -m main; git checkout -q -b side; echo s > s; git add s; git commit -q -m side; git tag -a v1 -m tagged; git checkout -q --detach; git commit -q --allow-empty -m loose; echo 1 >> src/a.txt; git stash -q; echo 2 > new; git stash -q -u",
    );
    const tips = (
      await scene.guest.git("project", "rev-parse", "main", "side", "HEAD", "stash@{0}", "stash@{1}")
    ).split("\n");
    expect(unsaved(await scene.ask())).toEqual(["commits", "stash"]);
    const done = await save();
    expect(new Set(done?.refs.map(({ commit }) => commit))).toEqual(new Set(tips));
    expect(done?.refs.map(({ name }) => name)).toContain("stash@{1}");
    expect(unsaved(await scene.ask())).toEqual([]);
    expect(saved(await scene.ask())).toEqual(["commits", "stash"]);
    await rm(join(scene.guest.home, "project"), { recursive: true });
    const { branch, commit, refs } = await accept();
    expect(commit).toBe(tips[2]);
    expect(refs).toHaveLength(done?.refs.length ?? 0);
    for (const { ref, commit: id } of refs) expect(await scene.user.git("rev-parse", `${ref}^{commit}`)).toBe(id);
    expect(await scene.user.git("show", `${refs.find(({ name }) => name === "heads/side")?.ref}:s`)).toBe("s");
    expect(await scene.user.git("rev-parse", branch)).toBe(commit);
    expect(await scene.user.git("fsck", "--connectivity-only")).not.toContain("missing");
    expect(await accept()).toMatchObject({ branch, commit });
  });

  it("saves again only what is new, and the same work once", async () => {
    await inside("echo 1 > one");
    await save();
    expect(await save()).toBeNull();
    await inside("echo 2 > two");
    expect(unsaved(await scene.ask())).toEqual(["untracked"]);
    expect(await save()).toMatchObject({ id: "save/2" });
    expect((await scene.saves.list()).map(({ id }) => id)).toEqual(["save/2", "save/1"]);
  });

  it("is the same save when it is repeated after it was cut off at any call", async () => {
    await inside("echo 1 > one; git checkout -q -b side; git commit -q --allow-empty -m side");
    const finding = await scene.ask();
    const request = { probe: probeOf(), address: "worker.default[1]", why: "stop", finding };
    const answer = scene.guest.exec;
    for (let allowed = 0; ; allowed += 1) {
      let calls = 0;
      scene.guest.exec = (...args) => (calls++ < allowed ? answer(...args) : Promise.reject(new Error("cut off")));
      const ended = await scene.saves.save(request, options()).then(
        () => "done",
        () => "cut off",
      );
      scene.guest.exec = answer;
      expect((await scene.saves.list()).length).toBeLessThanOrEqual(1);
      if (ended === "done") break;
    }
    expect(unsaved(await scene.ask())).toEqual([]);
    expect(await scene.saves.list()).toMatchObject([{ id: "save/1", refs: [{ name: "files" }, { name: "HEAD" }] }]);
  });

  it("needs neither the checkout nor the quarantine afterwards", async () => {
    await scene.user.git("commit", "-q", "--allow-empty", "-m", "only in this checkout");
    await inside("git commit -q --allow-empty -m agent; echo w > work.txt");
    await save();
    const repository = join(scene.state, "saved.git");
    await rm(join(scene.user.root, ".git"), { recursive: true });
    await rm(join(scene.state, "quarantine"), { recursive: true });
    await rm(join(scene.guest.home, "project"), { recursive: true });
    await scene.user.git("init", "-q", "-b", "main");
    expect(await scene.user.git(`--git-dir=${repository}`, "fsck", "--full", "--strict")).toBe("");
    const { branch } = await accept();
    expect(await scene.user.git("show", `${branch}:work.txt`)).toBe("w");
    expect(await scene.user.git("show", `${branch}:draft.txt`)).toBe("mine");
    expect((await stat(repository)).mode & 0o777).toBe(0o700);
  });

  it("keeps what git's object checks refuse as bytes that nothing unpacks, and counts it as saved", async () => {
    const forge = createForge(join(scene.guest.home, "project/.git"));
    const head = await scene.guest.git("project", "rev-parse", "HEAD");
    const tree = await forge.nest([".GIT"], { mode: "100644", name: "config", id: await forge.blob("evil\n") });
    const tip = await forge.commit(tree, [head]);
    await inside(`git update-ref refs/heads/evil ${tip}`);
    const done = await save();
    expect(done?.archive).toMatchObject({ file: "saves/1.pack" });
    expect((await readFile(join(scene.state, "saves/1.pack"))).subarray(0, 4).toString()).toBe("PACK");
    await expect(
      scene.user.git(`--git-dir=${join(scene.state, "saved.git")}`, "cat-file", "-e", tip),
    ).rejects.toThrow();
    expect(unsaved(await scene.ask())).toEqual([]);
    await expect(accept()).rejects.toMatchObject({ code: "REVIEW_REFUSED" });
    await scene.saves.discard("save/1", options());
    expect(await readdir(join(scene.state, "saves"))).toEqual(["1.json"]);
    expect(unsaved(await scene.ask())).toEqual(["commits"]);
  });

  it("refuses what the rules forbid and what is flagged at the accept, not at the save", async () => {
    await inside("ln -s /etc/passwd out");
    expect(await save()).toMatchObject({ archive: null });
    await expect(accept()).rejects.toMatchObject({ code: "REVIEW_REFUSED" });
    await inside("rm out; printf x > run.sh; chmod +x run.sh");
    await save();
    const bare = scene.saves.accept("save/2", { ...rules(), allow: [] }, options());
    await expect(bare).rejects.toMatchObject({
      code: "REVIEW_FLAGGED",
      hint: expect.stringContaining("--allow modes"),
    });
    await accept("save/2");
  });

  it("takes no more than the cap, and says so", async () => {
    await inside("head -c 5000000 /dev/urandom > big");
    expect(await scene.ask()).toMatchObject({ items: [{ kind: "untracked" }] });
    expect(JSON.stringify(await scene.ask())).not.toContain("savable");
    await expect(save()).rejects.toMatchObject({ code: "WORK_TOO_LARGE" });
    expect(await scene.saves.list()).toEqual([]);
  });

  it("fails where a file cannot be read, and claims nothing", async () => {
    await inside("mkdir locked; echo x > locked/x; git add locked; git commit -q -m locked; mkfifo x.log; echo y > y");
    const answer = scene.guest.exec;
    scene.guest.exec = (instance, command, call) =>
      answer(
        instance,
        { ...command, argv: command.argv.map((word) => word.replace("g hash-object -w --no-filters", "false")) },
        call,
      );
    await expect(save()).rejects.toMatchObject({
      code: "WORK_SAVE_FAILED",
      message: expect.stringContaining("cannot be read"),
    });
    expect(await scene.saves.list()).toEqual([]);
  });

  it("counts as work again when the save is discarded", async () => {
    await inside("echo 1 > one");
    await save();
    await scene.saves.discard("save/1", options());
    expect(await scene.saves.list()).toEqual([]);
    expect(unsaved(await scene.ask())).toEqual(["untracked"]);
    expect(await save()).toMatchObject({ id: "save/2" });
    await expect(scene.saves.show("save/1", rules(), options())).rejects.toMatchObject({ code: "REVIEW_NOT_FOUND" });
  });

  it("runs no hook or filter of the worker on the host or in the save", async () => {
    await scene.guest.sh(
      "cd project; mkdir -p .git/info .git/hooks; git config filter.evil.clean 'echo replaced; cat > /dev/null'; printf '* filter=evil\\n' > .git/info/attributes; printf '#!/bin/sh\\ntouch ~/hooked\\n' > .git/hooks/reference-transaction; chmod +x .git/hooks/reference-transaction",
    );
    await inside("printf real > real.txt");
    await save();
    const { branch } = await accept();
    expect(await scene.user.git("show", `${branch}:real.txt`)).toBe("real");
    expect(await scene.guest.sh("ls")).not.toContain("hooked");
  });
});
