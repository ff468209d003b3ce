import { access, chmod, mkdir, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit } from "../../src/adapters/git/git.js";
import { createRepository } from "../../src/adapters/git/repository.js";
import type { RepositoryFacts } from "../../src/world/sources.js";
import { options, RULES } from "../support/code-scene.js";
import { makeUserRepository, type UserRepository, userEnvironment } from "../support/git-fixture.js";

describe("facts of the user's repository", () => {
  let user: UserRepository;
  const repository = () =>
    createRepository(
      createGit({ ...userEnvironment(join(user.root, "..")), GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere" }),
      join(user.root, "../cache"),
    );
  const facts = async (more: { root?: string; carry?: typeof RULES | null; imagePatterns?: string[] } = {}) => {
    const found = await repository().facts({
      ...options(),
      root: user.root,
      imagePatterns: null,
      carry: RULES,
      ...more,
    });
    if (found.kind !== "git") throw new Error(found.kind);
    return found;
  };
  beforeEach(async () => {
    user = await makeUserRepository({
      "package-lock.json": "{}",
      "package.json": "{}",
      "lib/package.json": "{}",
      ".gitignore": "*.log\n",
    });
  });
  afterEach(() => user.close());

  it("names head, branch and the files whose content makes an image", async () => {
    const head = await user.git("rev-parse", "HEAD");
    expect(await facts()).toMatchObject({
      root: user.root,
      head,
      branch: "main",
      carried: { digest: "", count: 0 },
      notes: [],
    });
    expect((await facts()).imageInputs.map(({ path }) => path)).toEqual(["lib/package.json", "package-lock.json"]);
    expect((await facts({ imagePatterns: ["*.md"] })).imageInputs).toEqual([
      { path: "README.md", blob: await user.git("rev-parse", "HEAD:README.md") },
    ]);
    expect((await facts({ root: join(user.root, "lib") })).root).toBe(user.root);
  });

  it("hands a look that was begun early to who asks for it, up to the facts, and never what failed", async () => {
    const asked = repository();
    const stand = async () => (await asked.stand({ ...options(), root: user.root, carry: RULES }))?.isClean;
    const carried = async () =>
      (await asked.facts({ ...options(), root: user.root, imagePatterns: null, carry: RULES })) as RepositoryFacts & {
        kind: "git";
      };
    await asked.beginStand(join(user.root, "lib"), options());
    expect(await stand()).toBe(true);
    await user.write("new.txt", "x");
    expect(await stand()).toBe(true);
    expect((await carried()).carried.count).toBe(0);
    expect((await carried()).carried.count).toBe(1);
    const ended = new AbortController();
    await asked.beginStand(user.root, { ...options(), signal: ended.signal });
    ended.abort(new Error("not wanted"));
    expect(await stand()).toBe(false);
    await asked.beginStand(join(user.root, ".."), options());
    expect(await stand()).toBe(false);
  });

  it("keeps secrets and large files out, and names them", async () => {
    await user.write("a.txt", "12345");
    await user.write(".env", "TOKEN=x");
    await user.write("big.bin", "");
    await truncate(join(user.root, "big.bin"), 51 * 1024 * 1024);
    await user.write("x.log", "ignored");
    expect((await facts()).carried).toMatchObject({
      count: 1,
      bytes: 5,
      keptOut: [
        { path: ".env", reason: "secret" },
        { path: "big.bin", reason: "large" },
      ],
    });
    expect((await facts({ carry: { ...RULES, include: [".env"] } })).carried).toMatchObject({ count: 2, bytes: 12 });
    expect((await facts({ carry: null })).carried).toMatchObject({ digest: "", count: 0, keptOut: [] });
  });

  it("carries a file that is named although git ignores it, also where nothing else is uncommitted", async () => {
    expect((await facts()).carried.count).toBe(0);
    await user.write("x.log", "wanted");
    const carry = { ...RULES, include: ["*.log"] };
    expect((await facts({ carry })).carried).toMatchObject({ count: 1, bytes: 6 });
    expect((await facts()).carried).toMatchObject({ count: 0, digest: "" });
    await user.git("clean", "-qfdX");
    expect((await facts({ carry })).carried).toMatchObject({ count: 0, digest: "" });
  });

  it("gives a digest of path, mode and content that follows every change and comes back with it", async () => {
    const digests = [(await facts()).carried.digest];
    const note = async (change: () => Promise<unknown>) => {
      await change();
      const { digest } = (await facts()).carried;
      expect(digests).not.toContain(digest);
      digests.push(digest);
      return digest;
    };
    await note(() => user.write("README.md", "changed\n"));
    const first = await note(() => user.write("new", "1"));
    await note(() => user.write("new", "2"));
    await user.write("new", "1");
    expect((await facts()).carried.digest).toBe(first);
    await user.git("add", "-A");
    expect((await facts()).carried.digest).toBe(first);
    await note(() => user.git("mv", "new", "new2"));
    await note(() =>
      user.git("update-index", "--chmod=+x", "new2").then(() => user.git("config", "core.fileMode", "false")),
    );
    await note(() => user.git("rm", "-q", "lib/package.json"));
    await note(() => symlink("README.md", join(user.root, "link")));
    await user.commit("all");
    expect((await facts()).carried.digest).toBe("");
  });

  it("sees a change of the same size within the same instant as the index", async () => {
    await user.write("README.md", "# PROJECT\n");
    await user.git("add", "README.md");
    await writeFile(join(user.root, "README.md"), "# prOJECT\n");
    const { digest } = (await facts()).carried;
    await user.git("commit", "-q", "-m", "x");
    expect(digest).not.toBe("");
    expect((await facts()).carried.count).toBe(1);
  });

  it("writes nothing into the repository", async () => {
    await user.write("README.md", "changed\n");
    const before = await user.git("count-objects", "-v");
    const index = await user.git("hash-object", "--no-filters", ".git/index");
    await facts();
    expect(await user.git("count-objects", "-v")).toBe(before);
    expect(await user.git("hash-object", "--no-filters", ".git/index")).toBe(index);
  });

  it("detects an unborn branch, a detached head and a folder that is no repository", async () => {
    await user.git("checkout", "-q", "--detach");
    expect(await facts()).toMatchObject({ branch: null });
    await user.git("checkout", "-q", "--orphan", "fresh");
    expect(await facts()).toMatchObject({
      head: null,
      branch: "fresh",
      notes: [expect.stringContaining("no commit yet")],
    });
    const outside = join(user.root, "..");
    expect(await repository().facts({ ...options(), root: outside, imagePatterns: null, carry: RULES })).toEqual({
      kind: "none",
      root: outside,
    });
    expect(await repository().commonDirectory(outside)).toBeNull();
  });

  it("reads a partial, sparse clone without fetching what it lacks", async () => {
    await user.write("app/a.txt", "a\n");
    await user.write("far/.gitattributes", "*.txt text\n");
    await user.commit("far away");
    await user.git("config", "uploadpack.allowFilter", "true");
    const clone = join(user.root, "../partial");
    await user.git("clone", "-q", "--filter=blob:none", "--sparse", `file://${user.root}`, clone);
    const trap = join(user.root, "../fetched");
    await user.write("../trap.sh", `#!/bin/sh\ntouch ${trap}\nexec git-upload-pack "$@"\n`);
    await chmod(join(user.root, "../trap.sh"), 0o755);
    await user.git("-C", clone, "config", "remote.origin.uploadpack", join(user.root, "../trap.sh"));
    await writeFile(join(clone, "new.txt"), "new\n");
    const { notes, carried } = await facts({ root: clone });
    expect(notes.join()).toContain("partial clone");
    expect(carried).toMatchObject({ count: 1 });
    await expect(access(trap)).rejects.toThrow();
  });

  it("names shallow and partial clones, submodules and LFS", async () => {
    await user.write(".gitattributes", "*.bin filter=lfs diff=lfs\n");
    await user.git("update-index", "--add", "--cacheinfo", `160000,${await user.git("rev-parse", "HEAD")},vendor/x`);
    await mkdir(join(user.root, "vendor/x"), { recursive: true });
    await user.commit("forms");
    await user.commit("more");
    await user.git("config", "extensions.partialClone", "origin");
    // No pack came incomplete yet: nothing can be missing.
    expect((await facts()).notes.join()).not.toContain("partial clone");
    await user.write(".git/objects/pack/pack-1.promisor", "");
    const notes = (await facts()).notes.join("\n");
    for (const word of ["partial clone", "vendor/x", "LFS"]) expect(notes).toContain(word);
    await user.git("clone", "-q", "--depth=1", "--no-local", ".", "../shallow");
    expect((await facts({ root: join(user.root, "../shallow") })).notes.join()).toContain("shallow");
  });

  it("leaves a repository inside the work tree out and says so", async () => {
    await user.git("init", "-q", "inner");
    await user.write("inner/x", "x");
    expect(await facts()).toMatchObject({ carried: { count: 0 }, notes: [expect.stringContaining("inner/")] });
  });

  it("says what to do where git distrusts the owner or is missing", async () => {
    const without = createRepository(createGit({ PATH: "/nowhere" }), "/nowhere");
    await expect(without.commonDirectory(user.root)).rejects.toMatchObject({ code: "REPO_GIT_NOT_FOUND" });
    const git = createGit({ ...userEnvironment(user.root), GIT_TEST_ASSUME_DIFFERENT_OWNER: "1" });
    expect(await createRepository(git, "/nowhere").commonDirectory(user.root)).toBe(join(user.root, ".git"));
  });
});
