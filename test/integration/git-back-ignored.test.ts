import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene, options } from "../support/code-scene.js";

/* Files that git ignores in a worker, back by rsync through the same checks; and contents compared instead of times. */

let scene: CodeScene;
const paths = (changes: readonly { readonly path: string; readonly status: string; readonly why: string }[]) =>
  changes.map(({ path, status, why }) => `${path} ${status}${why === "" ? "" : ` ${why}`}`);
const read = (path: string) => readFile(join(scene.user.root, path), "utf8");
const ignored = { what: "ignored", pushBase: null } as const;

beforeEach(async () => {
  scene = await makeCodeScene({ ".gitignore": "out/\n.env.local\n*.log\n", "src/a.txt": "a\n" });
  await scene.push();
});
afterEach(() => scene.close());

describe("ignored files of a worker", () => {
  it("come back whole, with their exec bit and nothing else of their mode, and only they", async () => {
    await scene.guest.sh(
      "cd project && mkdir -p out/deep && echo 1 > out/deep/x && echo 2 > out/run && chmod 6755 out/run && echo new > plain && echo l > a.log && ln -s x out/deep/link && mkfifo out/pipe",
    );
    const { changes, notes } = await scene.pull(ignored);
    expect(paths(changes)).toEqual(["out/deep/x taken", "out/run waits review"]);
    expect(notes).toEqual([
      "1 file that sync.from.exclude names stays in the worker",
      "1 link or special file stays in the worker",
    ]);
    expect(await read("out/deep/x")).toBe("1\n");
    await scene.pull(ignored, { allow: ["executables"] });
    const now = await scene.pull(ignored, { reviewed: true });
    expect(now.changes.filter(({ status }) => status === "conflict")).toEqual([]);
    const { mode } = await lstat(join(scene.user.root, "out/run"));
    expect(mode & 0o7111).toBe(0o111 & ~process.umask());
    expect((await readdir(scene.user.root)).sort()).toEqual([".git", ".gitignore", "README.md", "out", "src"]);
    expect((await scene.pull(ignored)).changes).toEqual([]);
  });

  it("are brought again where they changed, and go only with consent", async () => {
    await scene.guest.sh("cd project && mkdir out && echo 1 > out/a && echo 1 > out/b && echo s > .env.local");
    await scene.pull(ignored, { reviewed: true });
    expect(await read(".env.local")).toBe("s\n");
    await scene.guest.sh("cd project && echo two > out/a && rm out/b");
    expect(paths((await scene.pull(ignored)).changes)).toEqual(["out/a taken", "out/b waits delete"]);
    expect([await read("out/a"), await read("out/b")]).toEqual(["two\n", "1\n"]);
    expect(paths((await scene.pull(ignored, { deletions: true })).changes)).toContain("out/b taken");
    expect(await readdir(join(scene.user.root, "out"))).toEqual(["a"]);
    // The other files have a past of their own.
    expect((await scene.pull()).changes).toEqual([]);
  });

  it("never go over what the host has, and a tracked file is never one of them", async () => {
    await scene.guest.sh("cd project && mkdir out && echo worker > out/a && echo worker > out/b && echo x > src/a.txt");
    await mkdir(join(scene.user.root, "out"));
    await writeFile(join(scene.user.root, "out/a"), "host\n");
    const { changes } = await scene.pull({ ...ignored, paths: ["out/a", "src"] }, { reviewed: true });
    expect(paths(changes)).toEqual(["out/a conflict made_on_host"]);
    expect([await read("out/a"), await read("src/a.txt")]).toEqual(["host\n", "a\n"]);
    expect(await readdir(join(scene.user.root, "out"))).toEqual(["a"]);
  });

  it("come from a folder that is no repository too, and from one without any", async () => {
    await scene.guest.sh(
      "mkdir other && cd other && echo out/ > .gitignore && mkdir out && echo 1 > out/a && echo b > b",
    );
    const there = { ...ignored, guestPath: "~/other" };
    expect(paths((await scene.pull(there)).changes)).toEqual(["out/a taken"]);
    expect((await scene.pull({ ...ignored, paths: ["nothing"] })).changes).toEqual([]);
    await expect(scene.pull({ ...ignored, guestPath: "~/gone" })).rejects.toMatchObject({ code: "REPO_BACK_FAILED" });
  });

  it("leave nothing staged that is not there any more, and survive what a killed rsync left", async () => {
    await scene.guest.sh("cd project && mkdir out && echo 1 > out/a && echo 1 > out/b");
    await scene.pull(ignored);
    const [key = ""] = await readdir(join(scene.state, "ignored"));
    const staging = join(scene.state, "ignored", key);
    await writeFile(join(staging, "out/.a.Xy12Zz"), "half");
    await scene.guest.sh("cd project && rm out/b && echo 2 > out/c");
    expect(paths((await scene.pull(ignored)).changes)).toEqual(["out/c taken", "out/b waits delete"].sort());
    expect((await readdir(join(staging, "out"))).sort()).toEqual(["a", "c"]);
    expect((await lstat(staging)).mode & 0o777).toBe(0o700);
  });

  it("are refused together where they are too much", async () => {
    await scene.guest.sh(
      "cd project && mkdir out && truncate -s 95M out/1 out/2 out/3 out/4 out/5 out/6 && truncate -s 1T out/7",
    );
    await expect(scene.pull(ignored)).rejects.toMatchObject({ code: "REVIEW_TOO_LARGE" });
    await scene.guest.sh("cd project && rm out/[1-6]");
    expect((await scene.back.look(scene.backRequest(ignored), options())).offer.notes).toContain(
      "1 file of 100 MB or more stays in the worker",
    );
  });
});

describe("contents instead of sizes and times", () => {
  it("are compared with --checksum: a change that keeps both is found, also of an ignored file", async () => {
    await scene.guest.sh(
      "cd project && git config core.trustctime false && git config core.checkStat minimal && mkdir out && echo one > out/a && touch -d '2026-01-01' out/a src/a.txt && git update-index --refresh >/dev/null; sleep 1.1; git update-index --refresh",
    );
    await scene.pull(ignored);
    expect((await scene.pull()).changes).toEqual([]);
    await scene.guest.sh(
      "cd project && echo b > src/a.txt && echo two > out/a && touch -d '2026-01-01' out/a src/a.txt",
    );
    expect((await scene.pull()).changes).toEqual([]);
    expect((await scene.pull(ignored)).changes).toEqual([]);
    expect(paths((await scene.pull({ checksum: true })).changes)).toEqual(["src/a.txt taken"]);
    expect(paths((await scene.pull({ ...ignored, checksum: true })).changes)).toEqual(["out/a taken"]);
    expect([await read("src/a.txt"), await read("out/a")]).toEqual(["b\n", "two\n"]);
  });
});
