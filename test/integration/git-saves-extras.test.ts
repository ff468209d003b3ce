import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProbeRequest } from "../../src/ports/probe.js";
import type { SaveSummary } from "../../src/ports/saves.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";

/* Work outside the repository's own branch and files: saved, known to be saved, and given back byte for byte. */

const LISTING =
  "find . -name .git -prune -o \\( -type f -o -type l \\) -printf '%y %04m %p %l\\0' | sed -z 's/^f 0[0-7]*[1357][0-7][0-7] /x /; s/^f 0[0-7]* /f /' | sort -z | tr '\\0' '\\n'; find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha256sum";

describe("saving work outside the repository's own files", () => {
  let scene: CodeScene;
  let place: string;
  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "one\n", ".gitignore": "node_modules/\n*.log\n.env.local\ncache/\n" });
    await scene.push();
    place = await mkdtemp(join(tmpdir(), "limaform-restored-"));
  });
  afterEach(async () => {
    await scene.close();
    await rm(place, { recursive: true, force: true });
  });
  const inside = (script: string) => scene.guest.sh(`cd project; ${script}`);
  const request = (workPaths: readonly string[] = []): ProbeRequest => ({
    ...{ instance: INSTANCE, guestPath: "~/project", workPaths, notWork: ["node_modules/", "*.log"] },
    ...{ hostRoot: scene.user.root, madeAt: null },
  });
  const find = async (workPaths: readonly string[] = []) => {
    const finding = await scene.probe.probe(request(workPaths), options());
    if (finding.kind !== "known") throw new Error(finding.text);
    return finding.items.map(({ kind, saved, savable }) => `${kind} ${saved ? "saved" : savable ? "savable" : "lost"}`);
  };
  const save = async (workPaths: readonly string[] = []): Promise<SaveSummary> => {
    const probe = request(workPaths);
    const finding = await scene.probe.probe(probe, options());
    const done = await scene.saves.save({ probe, address: "worker.default[1]", why: "replace", finding }, options());
    if (done === null) throw new Error("nothing was saved");
    return done;
  };
  /** All of a line's files, as the saved repository has them, in a folder of the host. */
  const restore = (save: SaveSummary, name: string, folder = "."): void => {
    const line = save.refs.find((ref) => ref.name === name);
    if (line === undefined) throw new Error(`no ${name} among ${save.refs.map((ref) => ref.name).join(", ")}`);
    const gitDir = join(scene.state, "saved.git");
    execFileSync("sh", [
      "-c",
      'mkdir -p "$1" && git --git-dir="$2" archive "$3" | tar -x -C "$1"',
      "sh",
      join(place, folder),
      gitDir,
      line.ref,
    ]);
  };
  const listing = (folder: string): string => execFileSync("sh", ["-c", LISTING], { cwd: folder, encoding: "utf8" });
  const worker = (path: string): string => join(scene.guest.home, path);

  it("takes changed ignored files, but not those that tools make again", async () => {
    await inside(
      "echo s > .env.local; mkdir -p cache/'d\"e' node_modules; printf '\\1' > cache/'d\"e'/x; ln -s x cache/l; echo n > node_modules/n; echo l > a.log; chmod +x .env.local",
    );
    expect(await find()).toEqual(["ignored savable"]);
    const done = await save();
    expect(done.items).toMatchObject([{ kind: "ignored", count: 3 }]);
    expect(await find()).toEqual(["ignored saved"]);
    await inside("rm -r node_modules a.log src README.md .gitignore");
    restore(done, "ignored files");
    expect(listing(place)).toBe(listing(worker("project")));
    await inside("echo more >> .env.local; git checkout -q .");
    expect(await find()).toEqual(["ignored savable"]);
  });

  it("takes repositories inside with history, stashes, files, ignored files and repositories inside them", async () => {
    await inside(
      [
        "git init -q inner; cd inner; echo 1 > t; echo '*.tmp' > .gitignore; git add .; git commit -q -m one",
        "git checkout -q -b side; git commit -q --allow-empty -m two; git checkout -q -; echo 2 > t; git stash -q; echo 3 > t; echo u > 'new file'; echo i > i.tmp; echo l > l.log",
        "git init -q deep; echo d > deep/d; git init -q ../cache/repo; echo c > ../cache/repo/c; git init -q empty",
      ].join("; "),
    );
    // A file of a repository in an ignored folder is an ignored file, too.
    expect(await find()).toEqual(["ignored savable", "nested_repository savable"]);
    const done = await save();
    const names = done.refs.map(({ name }) => name);
    for (const name of ["files", "ignored files", "HEAD", "heads/side", "stash@{0}"])
      expect(names).toContain(`inner: ${name}`);
    expect(await find()).toEqual(["ignored saved", "nested_repository saved"]);
    restore(done, "inner: files", "inner");
    restore(done, "inner: ignored files", "inner");
    restore(done, "inner/deep: files", "inner/deep");
    restore(done, "cache/repo: files", "cache/repo");
    await inside("rm -r src README.md .gitignore");
    expect(listing(place)).toBe(listing(worker("project")));
    await inside("git checkout -q .; git -C inner commit -q --allow-empty -m three");
    expect(await find()).toEqual(["ignored saved", "nested_repository savable"]);
  });

  it("takes a shallow repository inside, and one whose objects are borrowed", async () => {
    await scene.guest.sh(
      "git init -q up; cd up; git commit -q --allow-empty -m 1; echo 2 > two; git add two; git commit -q -m 2; cd ..; git clone -q --depth 1 file://$HOME/up project/thin; git clone -q --shared up project/borrowed; echo x > project/thin/x",
    );
    expect(await find()).toEqual(["nested_repository savable"]);
    const done = await save();
    expect(done.refs.map(({ name }) => name)).toContain("thin: files");
    expect(await find()).toEqual(["nested_repository saved"]);
  });

  it("takes uncommitted and ignored files of linked work trees", async () => {
    await inside(
      "git worktree add -q -b other ../other; cd ../other; echo w > w.txt; echo e > .env.local; rm README.md",
    );
    expect(await find()).toEqual(["worktree savable"]);
    const done = await save();
    expect(await find()).toEqual(["worktree saved"]);
    restore(done, `${worker("other")}: files`);
    restore(done, `${worker("other")}: ignored files`);
    expect(listing(place)).toBe(listing(worker("other")));
  });

  it("takes the folders of work.paths, single files and repositories in them too", async () => {
    await scene.guest.sh(
      "mkdir -p data/x; echo 12 > data/x/y; ln -s y data/x/z; echo one > single; git init -q data/repo; echo r > data/repo/r",
    );
    const paths = ["~/data", "~/single", "/nowhere"];
    expect(await find(paths)).toEqual(["path savable"]);
    const done = await save(paths);
    expect(await find(paths)).toEqual(["path saved"]);
    restore(done, worker("data"), "data");
    restore(done, worker("single"));
    expect(listing(join(place, "data"))).toBe(listing(worker("data")));
    expect(execFileSync("cat", [join(place, "single")], { encoding: "utf8" })).toBe("one\n");
  });

  it("takes a folder that is no repository at all, and work.paths without any folder of code", async () => {
    await inside("rm -rf .git; echo new > new.txt");
    expect(await find()).toEqual(["untracked savable"]);
    const done = await save();
    expect(await find()).toEqual(["untracked saved"]);
    restore(done, "files");
    expect(listing(place)).toBe(listing(worker("project")));
    await scene.guest.sh("rm -rf project .limaform; echo d > data");
    expect(await find(["~/data"])).toEqual(["path savable"]);
    await save(["~/data"]);
    expect(await find(["~/data"])).toEqual(["path saved"]);
  });

  it("brings all lines of it into the user's repository on accept", async () => {
    await inside("echo s > .env.local; git init -q inner; echo e > inner/e; echo u > u.txt");
    await save();
    const rules = { root: scene.user.root, specFiles: [] };
    const { refs } = await scene.saves.accept(
      "save/1",
      { ...rules, isRepository: true, allow: ["environment"] },
      options(),
    );
    const ignored = refs.find(({ name }) => name === "ignored files")?.ref;
    expect(await scene.user.git("show", `${ignored}:.env.local`)).toBe("s");
  });

  it("is work again when the save is discarded", async () => {
    await inside("echo s > .env.local; git init -q inner; echo e > inner/e");
    await save();
    await scene.saves.discard("save/1", options());
    expect(await find()).toEqual(["ignored savable", "nested_repository savable"]);
  });

  it("fails where a name is one that git never takes, and claims nothing", async () => {
    await inside("mkdir sub; echo x > sub/.GIT");
    await expect(save()).rejects.toMatchObject({ code: "WORK_SAVE_FAILED" });
    expect(await scene.saves.list()).toEqual([]);
  });

  it("fails where a repository inside cannot be read, and claims nothing", async () => {
    await inside(
      "git init -q --object-format=sha256 inner; echo x > inner/x; git -C inner add .; git -C inner commit -q -m x",
    );
    await expect(save()).rejects.toMatchObject({ code: "WORK_SAVE_FAILED" });
    expect(await scene.saves.list()).toEqual([]);
  });
});
