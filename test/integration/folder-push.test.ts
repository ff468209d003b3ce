import { chmod, mkdir, mkdtemp, rename, rm, symlink, unlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FolderPush } from "../../src/ports/repository.js";
import { type CodeScene, INSTANCE, makeCodeScene, options, RULES } from "../support/code-scene.js";

/* Files mode: real rsync, real git, into a guest that is a folder. */

const SKIP = ["node_modules/", ".git/", "*.log"];

describe("files of a folder", () => {
  let scene: CodeScene;
  let root: string;
  beforeEach(async () => {
    scene = await makeCodeScene();
    root = await mkdtemp(join(tmpdir(), "limaform-folder-"));
    await write("a.txt", "one\n");
    await write("src/b.txt", "two\n");
    await write("limaform.toml", "");
  });
  afterEach(async () => {
    await scene.close();
    await rm(root, { recursive: true, force: true });
  });
  const write = async (path: string, content: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  };
  const rules = { ...RULES, skip: SKIP, exclude: ["limaform.toml"] };
  const push = (change: Partial<FolderPush> = {}) =>
    scene.codePush.pushFolder(
      {
        ...{ instance: INSTANCE, guestPath: "~/project", root, overwrite: false, rules, digest: null, paths: [] },
        ...{ deletes: "guarded", dryRun: false, checksum: false, compress: false },
        ...change,
      },
      options(),
    );
  const inside = (script: string) => scene.guest.sh(`cd project; ${script}`);
  const files = () => inside("find . -type f -o -type l | sort | tr '\\n' ' '");

  it("are not compared where both sides are as the last push left them", async () => {
    const { base, digest } = await push();
    const last = { base, digest: digest ?? "" };
    let asked = 0;
    const { sshCommand } = scene.guest;
    scene.guest.sshCommand = (instance) => {
      asked += 1;
      return sshCommand(instance);
    };
    expect(await push({ last })).toMatchObject({ base, digest, files: 2, changes: [] });
    expect(asked).toBe(0);
    await push({ last, checksum: true });
    await push({ last, paths: ["src"] });
    await push({ last: { ...last, base: "0".repeat(40) } });
    expect(asked).toBe(3);
    await write("a.txt", "other\n");
    expect((await push({ last })).changes).toEqual([{ path: "a.txt", change: "content" }]);
    expect(await inside("cat a.txt")).toBe("other");
    await inside("echo mine > a.txt");
    await expect(push({ last })).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
  });

  it("go in as they are: names, bytes, exec bits, links, times; not what git would ignore, the spec and secrets", async () => {
    await write(".gitignore", "build/\n!keep.log\n/src/*.tmp\n");
    for (const path of ["build/x", "src/c.tmp", "c.tmp", "x.log", "keep.log", "node_modules/n", "src/node_modules/n"])
      await write(path, path);
    await write(".env", "TOKEN=1");
    await write("odd \n'\\#012 ü.txt", "odd");
    await chmod(join(root, "a.txt"), 0o755);
    await symlink("src/b.txt", join(root, "link"));
    await utimes(join(root, "src/b.txt"), 1_000_000_000, 1_000_000_000);
    const { changes, digest } = await push();
    expect(changes.map(({ path, change }) => `${change} ${path}`)).toContain("new odd \\n'\\#012 ü.txt");
    expect(digest).toMatch(/^[0-9a-f]{64}$/u);
    expect(await inside("cat 'odd \n'\"'\"'\\#012 ü.txt'")).toBe("odd");
    expect(await inside("test -x a.txt && readlink link && stat -c %Y src/b.txt")).toBe("src/b.txt\n1000000000");
    expect(await inside("ls -A")).not.toMatch(/\.env|limaform|x\.log|build|node_modules/u);
    expect(await inside("ls -A src")).toBe("b.txt");
    // What the spec says wins over the exception in a .gitignore.
    expect(await inside("test -e keep.log && echo there || echo gone")).toBe("gone");
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
  });

  it("move nothing when nothing changed, and only what did", async () => {
    const first = await push();
    const again = await push();
    expect(again).toMatchObject({ base: first.base, changes: [], gone: [], digest: first.digest });
    await write("src/b.txt", "three\n");
    expect(await push({ dryRun: true })).toMatchObject({ changes: [{ path: "src/b.txt", change: "content" }] });
    expect(await inside("cat src/b.txt")).toBe("two");
    expect(await push()).toMatchObject({ changes: [{ path: "src/b.txt", change: "content" }] });
    expect(await inside("cat src/b.txt")).toBe("three");
  });

  it("are compared by content where size and time are the same, with checksum alone", async () => {
    await push();
    await write("a.txt", "ONE\n");
    const time = Number(await inside("stat -c %Y a.txt"));
    await utimes(join(root, "a.txt"), time, time);
    await inside(`touch -d @${time} a.txt`);
    await scene.guest.sh("sleep 0");
    expect((await push({ dryRun: true })).changes).toEqual([]);
    expect((await push({ checksum: true, compress: true })).changes).toEqual([{ path: "a.txt", change: "content" }]);
    expect(await inside("cat a.txt")).toBe("ONE");
  });

  it("that are gone here go there, but never what the worker made, nor many of them unasked", async () => {
    for (let count = 0; count < 30; count += 1) await write(`many/${count}`, "x");
    await push();
    await inside("mkdir -p node_modules many/node_modules; echo w > node_modules/w; echo w > many/node_modules/w");
    await unlink(join(root, "a.txt"));
    expect(await push({ deletes: "none" })).toMatchObject({ gone: ["a.txt"], deleted: false });
    expect(await files()).toContain("./a.txt");
    expect(await push()).toMatchObject({ gone: ["a.txt"], deleted: true });
    expect(await files()).not.toContain("./a.txt");
    await rm(join(root, "many"), { recursive: true });
    await expect(push()).rejects.toMatchObject({ code: "PUSH_DELETES_MANY", details: { count: 30 } });
    expect(await push({ dryRun: true, deletes: "all" })).toMatchObject({ changes: [] });
    expect((await files()).split(" ").length).toBeGreaterThan(30);
    await push({ deletes: "all" });
    expect(await files()).toBe("./many/node_modules/w ./node_modules/w ./src/b.txt");
    await rm(join(root, "src"), { recursive: true });
    await expect(push()).rejects.toMatchObject({ code: "PUSH_DELETES_MANY" });
  });

  it("stay out of a worker that has work of its own, which a probe finds and a save takes", async () => {
    await push();
    await inside("echo mine > mine.txt; echo more >> a.txt");
    await write("src/b.txt", "newer\n");
    await expect(push()).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
    expect(await inside("cat src/b.txt")).toBe("two");
    expect(await scene.ask()).toMatchObject({
      items: [
        { kind: "uncommitted", count: 1, savable: true },
        { kind: "untracked", count: 1, savable: true },
      ],
    });
    const probe = {
      instance: INSTANCE,
      guestPath: "~/project",
      workPaths: [],
      notWork: [],
      hostRoot: null,
      madeAt: null,
    };
    const finding = await scene.ask();
    const done = await scene.saves.save({ probe, address: "worker.default[1]", why: "replace", finding }, options());
    expect(done).toMatchObject({ id: "save/1", refs: [{ name: "files" }, { name: "HEAD" }] });
    expect(await scene.ask()).toMatchObject({ items: [{ saved: true }, { saved: true }] });
  });

  it("of some paths go in alone, and the whole still counts as not brought", async () => {
    await push();
    await write("a.txt", "changed\n");
    await write("src/b.txt", "changed\n");
    expect(await push({ paths: ["src"] })).toMatchObject({ digest: null, changes: [{ path: "src/b.txt" }], gone: [] });
    expect(await inside("cat a.txt src/b.txt")).toBe("one\nchanged");
    await expect(push({ paths: ["nowhere"] })).rejects.toMatchObject({ code: "REPO_NO_SUCH_PATH" });
    expect((await push()).changes).toEqual([{ path: "a.txt", change: "content" }]);
  });

  it("follow a folder that becomes a file, and a file that becomes a folder", async () => {
    await push();
    await rm(join(root, "src"), { recursive: true });
    await write("src", "a file\n");
    await rename(join(root, "a.txt"), join(root, "b"));
    await write("a.txt/x", "deep\n");
    await push();
    expect(await inside("cat src a.txt/x b")).toBe("a file\ndeep\none");
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
  });

  it("that are included go in although they look like secrets or are ignored; in a repository tracked ones do, too", async () => {
    await scene.user.write(".gitignore", ".env\nignored\n");
    await scene.user.write("ignored", "tracked all the same");
    await scene.user.git("add", "-f", "ignored");
    await scene.user.write(".env", "TOKEN=1");
    await scene.user.write("x.log", "tracked");
    await scene.user.commit("tracked");
    await scene.user.write("id_rsa", "key");
    await push({ root: scene.user.root, rules: { ...rules, include: [".env", "id_*"] } });
    expect((await inside("ls -A")).split("\n")).toEqual([".env", ".gitignore", "README.md", "id_rsa", "ignored"]);
  });

  it("go into a new worker over what its image left, which is no work", async () => {
    await push({ overwrite: true, deletes: "all" });
    await inside("mkdir made; echo hook > made/by-hook");
    await push({ overwrite: true, deletes: "all" });
    expect(await scene.ask(new Date(Date.now() + 200_000).toISOString())).toEqual({ kind: "known", items: [] });
    await expect(push({ digest: "0".repeat(64) })).rejects.toMatchObject({ code: "STALE_CARRIED" });
  });

  it("do not mix with a repository or with files that limaform did not bring", async () => {
    await scene.push();
    await expect(push()).rejects.toMatchObject({ code: "PUSH_FAILED", message: expect.stringContaining("repository") });
    await scene.guest.sh("rm -rf project; mkdir project; echo mine > project/mine");
    await expect(push()).rejects.toMatchObject({ message: expect.stringContaining("did not bring") });
  });
});
