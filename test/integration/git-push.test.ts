import { chmod, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodeScene, INSTANCE, makeCodeScene, options, RULES, RUN } from "../support/code-scene.js";

describe("push", () => {
  let scene: CodeScene;
  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "one\n", ".gitignore": "node_modules/\n*.log\n.env.local\n" });
  });
  afterEach(() => scene.close());

  it("makes a real repository on the user's branch with no remotes and a clean tree", async () => {
    const { base } = await scene.push();
    expect(base).toBe(await scene.user.git("rev-parse", "HEAD"));
    expect(await scene.guest.git("project", "symbolic-ref", "HEAD")).toBe("refs/heads/main");
    expect(await scene.guest.git("project", "rev-parse", "HEAD", "refs/limaform/base")).toBe(`${base}\n${base}`);
    expect(await scene.guest.git("project", "status", "--porcelain")).toBe("");
    expect(await scene.guest.git("project", "remote")).toBe("");
    expect(await scene.guest.git("project", "config", "user.name")).toBe("limaform agent");
  });

  it("carries uncommitted files as one commit on top of HEAD and leaves index, tree and objects of the user alone", async () => {
    await scene.user.write("src/a.txt", "two\n");
    await scene.user.write("new file.txt", "new\n");
    await scene.user.write("ä\n.txt", "odd\n");
    await symlink("a.txt", join(scene.user.root, "src/link"));
    await chmod(join(scene.user.root, "README.md"), 0o755);
    await scene.user.write("staged.txt", "staged\n");
    await scene.user.git("add", "staged.txt");
    await scene.user.write("ignored.log", "x");
    const objects = await scene.user.git("count-objects");
    const status = await scene.user.git("status", "--porcelain=v2");
    const index = await readFile(join(scene.user.root, ".git/index"));
    const { base } = await scene.push();
    const head = await scene.user.git("rev-parse", "HEAD");
    expect(await scene.guest.git("project", "rev-parse", "HEAD", "HEAD^")).toBe(`${base}\n${head}`);
    expect(await scene.guest.git("project", "show", "-s", "--format=%an %ae %cn", base)).toBe(
      "limaform limaform@localhost limaform",
    );
    expect(await scene.guest.git("project", "status", "--porcelain", "--ignored")).toBe("");
    expect(
      await scene.guest.sh("cat project/src/a.txt project/'new file.txt' project/src/link; ls project | wc -l"),
    ).toBe("two\nnew\ntwo\n6");
    expect(await scene.user.git("count-objects")).toBe(objects);
    expect(await readFile(join(scene.user.root, ".git/index"))).toEqual(index);
    expect(await scene.user.git("status", "--porcelain=v2")).toBe(status);
  });

  it("gives the same base for the same files, so that all workers agree", async () => {
    await scene.user.write("src/a.txt", "two\n");
    const first = await scene.push();
    expect(await scene.push()).toEqual({ ...first, outcome: "unchanged", changes: [] });
  });

  it("carries a deletion", async () => {
    await scene.user.git("rm", "-q", "--cached", "src/a.txt");
    await scene.user.git("rm", "-q", "README.md");
    await scene.push();
    expect(await scene.guest.git("project", "ls-files")).toBe(".gitignore\nsrc/a.txt");
  });

  it("moves a clean worker on to new commits, a new branch and a detached HEAD", async () => {
    await scene.user.write("draft.txt", "draft\n");
    await scene.push();
    await scene.user.git("checkout", "-q", "-b", "feature/x");
    const second = await scene.user.commit("second");
    expect(await scene.push()).toEqual({ base: second, outcome: "updated" });
    expect(await scene.guest.git("project", "symbolic-ref", "HEAD")).toBe("refs/heads/feature/x");
    await scene.user.git("checkout", "-q", "--detach", "HEAD^");
    const { base } = await scene.push();
    expect(await scene.guest.git("project", "rev-parse", "--abbrev-ref", "HEAD")).toBe("HEAD");
    expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(base);
    expect(await scene.guest.sh("ls project")).toBe("README.md\nsrc");
  });

  it("asks one thing of a worker that has the commit; before it writes in one, proof that it is ours is waited for", async () => {
    const push = async (prove: () => Promise<void>) => {
      const [commit, branch] = [await scene.user.git("rev-parse", "HEAD"), "main"];
      const place = { instance: INSTANCE, guestPath: "~/project", root: scene.user.root, overwrite: false };
      scene.guest.calls.length = 0;
      return scene.codePush.push({ ...place, commit, branch, carried: null }, { ...options(), prove });
    };
    const refuse = () => Promise.reject(new Error("not ours"));
    await expect(push(refuse)).rejects.toThrow("not ours");
    expect(await scene.guest.sh("ls -A")).not.toContain("project");
    await push(async () => {});
    expect(await push(refuse)).toMatchObject({ outcome: "unchanged" });
    expect(scene.guest.calls).toHaveLength(1);
    await scene.guest.git("project", "checkout", "-q", "--detach");
    expect(await push(async () => {})).toMatchObject({ outcome: "updated" });
    expect(await scene.guest.git("project", "symbolic-ref", "HEAD")).toBe("refs/heads/main");
  });

  it("sends only the objects of HEAD's branch", async () => {
    const secret = await scene.user.git("commit-tree", "HEAD^{tree}", "-m", "other branch");
    await scene.user.git("branch", "other", secret);
    await scene.user.git("tag", "v1", secret);
    await scene.push();
    expect(await scene.guest.git("project", "for-each-ref", "--format=%(refname)")).toBe(
      "refs/heads/main\nrefs/limaform/base",
    );
    await expect(scene.guest.git("project", "cat-file", "-e", secret)).rejects.toThrow();
  });

  it("keeps ignored files of the worker", async () => {
    await scene.push();
    await scene.guest.sh("mkdir project/node_modules; echo x > project/node_modules/x");
    await scene.user.commit("second");
    await scene.push();
    expect(await scene.guest.sh("cat project/node_modules/x")).toBe("x");
  });

  it.each([
    ["an uncommitted change", "echo more >> src/a.txt", "uncommitted"],
    ["an untracked file", "echo x > new.txt", "untracked"],
    ["a commit", "git commit -q --allow-empty -m work", "commits"],
    ["a commit on another branch", "git branch side $(git commit-tree -m side HEAD^{tree})", "commits"],
    [
      "a live run",
      'mkdir -p "$FAKE_SYSTEMD_DIR/limaform-run-x"; echo active > "$FAKE_SYSTEMD_DIR/limaform-run-x/state"',
      "run",
    ],
  ])("refuses a worker that holds %s", async (_name, script, work) => {
    await scene.push();
    await scene.guest.sh(`cd project; ${script}`);
    const before = await scene.guest.git("project", "rev-parse", "HEAD");
    await scene.user.commit("second");
    await expect(scene.push()).rejects.toMatchObject({ code: "PUSH_HAS_WORK", message: expect.stringContaining(work) });
    expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(before);
  });

  it("refuses a folder with files that limaform did not bring", async () => {
    await scene.guest.sh("mkdir project; echo mine > project/mine");
    await expect(scene.push()).rejects.toMatchObject({
      code: "PUSH_FAILED",
      message: expect.stringContaining("did not bring"),
    });
  });

  it("refuses a commit that the repository no longer has and files that changed since the plan", async () => {
    const { head, branch } = await scene.facts();
    const request = { instance: INSTANCE, guestPath: "~/project", root: scene.user.root, branch, overwrite: false };
    await expect(
      scene.codePush.push({ ...request, commit: "1".repeat(40), carried: null }, options()),
    ).rejects.toMatchObject({ code: "STALE_COMMIT" });
    await scene.user.write("src/a.txt", "changed\n");
    for (const digest of ["", "f".repeat(64)]) {
      await expect(
        scene.codePush.push({ ...request, commit: head ?? "", carried: { digest, rules: RULES } }, options()),
      ).rejects.toMatchObject({ code: "STALE_CARRIED" });
    }
    expect(await scene.guest.sh("ls")).toBe("");
  });

  it("brings a clean checkout for an image whatever lies uncommitted", async () => {
    await scene.user.write("src/a.txt", "changed\n");
    const { head, branch } = await scene.facts();
    const request = {
      instance: "golden",
      guestPath: "~/project",
      overwrite: true,
      root: scene.user.root,
      commit: head ?? "",
      branch,
      carried: null,
    };
    expect(await scene.codePush.push(request, options())).toMatchObject({ base: head });
    expect(await scene.guest.sh("cat project/src/a.txt")).toBe("one");
    expect(await scene.quarantines.list()).toEqual([]);
  });

  it("keeps what an image's hook left beside the tracked files, resets these, and counts none of it as work", async () => {
    await scene.push(true);
    await scene.guest.sh("cd project; echo x > 'built [1].bin'; mkdir out; echo y > out/y; echo changed > src/a.txt");
    await scene.user.commit("second");
    await scene.push(true);
    expect(await scene.guest.sh("cat project/src/a.txt project/built* project/out/y")).toBe("one\nx\ny");
    expect(await scene.guest.git("project", "status", "--porcelain")).toBe("");
    await scene.user.commit("third");
    await scene.push();
  });

  it("carries from a linked work tree", async () => {
    const side = join(scene.user.root, "../side");
    await scene.user.git("worktree", "add", "-q", "-b", "side", side);
    const facts = await scene.repository.facts({ ...options(), root: side, imagePatterns: null, carry: RULES });
    expect(facts).toMatchObject({ kind: "git", branch: "side", carried: { count: 0 } });
    expect(await scene.repository.commonDirectory(side)).toBe(await scene.repository.commonDirectory(scene.user.root));
  });

  it("pushes from a shallow clone", async () => {
    await scene.user.commit("second");
    await scene.user.git("clone", "-q", "--depth=1", `file://${scene.user.root}`, "../shallow");
    const root = join(scene.user.root, "../shallow");
    const commit = await scene.user.git("-C", "../shallow", "rev-parse", "HEAD");
    const request = {
      instance: INSTANCE,
      guestPath: "~/p",
      root,
      commit,
      branch: "main",
      overwrite: true,
      carried: null,
    };
    await scene.codePush.push(request, options());
    expect(await scene.guest.git("p", "rev-list", "--count", "HEAD")).toBe("1");
    expect(await scene.guest.git("p", "fsck")).toBe("");
  });

  describe("takes a worker back to what it was given", () => {
    const reset = (base: string, alsoKnown: readonly string[] = []) =>
      scene.codePush.reset(
        {
          ...{ instance: INSTANCE, guestPath: "~/project", root: scene.user.root, branch: "main", base },
          alsoKnown: async (commits) => new Set(commits.filter((id) => alsoKnown.includes(id))),
        },
        options(),
      );

    it("once its work is in quarantine: commits, branches and files are gone, and the base stands", async () => {
      const { base } = await scene.push(true);
      await scene.guest.sh(
        "cd project && git checkout -q -b other && echo 1 > a && git add a && git commit -qm a && echo 2 > b",
      );
      await expect(reset(base)).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
      await scene.results.collect(
        {
          ...{ instance: INSTANCE, run: RUN, task: "t1", slot: 1, guestPath: "~/project", root: scene.user.root, base },
          specFiles: [],
          isFolder: false,
          isRepository: true,
        },
        options(),
      );
      expect((await scene.results.list()).map(({ id, task }) => ({ id, task }))).toEqual([
        { id: `${RUN}/t1`, task: "t1" },
      ]);
      await reset(base);
      expect(await scene.guest.git("project", "symbolic-ref", "--short", "HEAD")).toBe("main");
      expect(await scene.guest.git("project", "rev-parse", "HEAD")).toBe(base);
      expect(await scene.guest.git("project", "status", "--porcelain")).toBe("");
      expect(await scene.codePush.branchOf({ instance: INSTANCE, guestPath: "~/project" }, options())).toBe("main");
      await scene.accept(`${RUN}/t1`);
      expect(await scene.user.git("show", `limaform/${RUN}/t1:b`)).toBe("2");
    });

    it("never over files that came after the collection, nor over commits that only saved work has unless told so", async () => {
      const { base } = await scene.push(true);
      await scene.guest.sh(
        "cd project && git checkout -q -b side && echo 1 > a && git add a && git commit -qm a && git checkout -q main",
      );
      const side = await scene.guest.git("project", "rev-parse", "side");
      await expect(reset(base)).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
      await reset(base, [side]);
      await scene.guest.sh("echo late > project/late");
      await expect(reset(base, [side])).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
      expect(await scene.guest.sh("cat project/late")).toBe("late");
    });

    it("over files that were saved, once it is told so, but not over what changed after the save", async () => {
      const { base } = await scene.push(true);
      await scene.guest.sh("echo mine > project/mine");
      const probe = { ...{ instance: INSTANCE, guestPath: "~/project", workPaths: [], notWork: [], madeAt: null } };
      const saving = { probe: { ...probe, hostRoot: scene.user.root }, address: "worker.default[1]", why: "tasks" };
      await scene.saves.save({ ...saving, finding: await scene.ask() }, options());
      const saved = await scene.guest.git("project", "rev-parse", "refs/limaform/saved");
      await expect(reset(base)).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
      await scene.guest.sh("echo more >> project/mine");
      await expect(reset(base, [saved])).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
      await scene.guest.sh("echo mine > project/mine");
      await reset(base, [saved]);
      expect(await scene.guest.git("project", "status", "--porcelain")).toBe("");
    });
  });
});
