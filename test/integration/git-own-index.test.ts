import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createGit } from "../../src/adapters/git/git.js";
import { createRepository } from "../../src/adapters/git/repository.js";
import { options, RULES } from "../support/code-scene.js";
import { digestOf } from "../support/digest-tree.js";
import { makeUserRepository, type UserRepository, userEnvironment } from "../support/git-fixture.js";

const FOLDERS = 70;
const LONG = "long-".repeat(40);
const nameOf = (at: number) => `d${at % FOLDERS}/${LONG}/${LONG}${at}.txt`;
/** As much as makes an index of ours, with names as long as they are. */
const MANY = Object.fromEntries(Array.from({ length: 2_400 }, (_, at) => [nameOf(at), `${at % 10}\n`]));

describe("a look at many files of the host", () => {
  let user: UserRepository;
  let cache: string;
  const env = () => ({
    ...userEnvironment(join(user.root, "..")),
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "protocol.file.allow",
    GIT_CONFIG_VALUE_0: "always",
  });
  const gitIn = (cwd: string, ...args: readonly string[]) =>
    execFileSync("git", args, { cwd, env: env(), encoding: "utf8" });
  const git = (...args: readonly string[]) => gitIn(user.root, ...args);
  const path = (name: string) => join(user.root, name);
  const file = (at: number) => path(nameOf(at));
  /** Each by a program of its own. */
  const repository = () => createRepository(createGit(userEnvironment(join(user.root, ".."))), cache);
  const stand = (root = user.root) => repository().stand({ ...options(), root, carry: RULES });
  const isClean = async () => (await stand())?.isClean;
  const kept = () =>
    (existsSync(cache) ? readdirSync(cache, { recursive: true, encoding: "utf8" }) : [])
      .filter((name) => name.includes("/"))
      .map((name) => join(cache, name));
  /** Twice, so that the second look remembers. */
  const rememberClean = async (what: string) => {
    for (let round = 0; round < 2; round += 1) expect(await isClean(), `before ${what}`).toBe(true);
    expect(
      kept().map((name) => readFileSync(name).includes("UNTR")),
      what,
    ).toEqual([true]);
  };
  beforeEach(async () => {
    user = await makeUserRepository(MANY);
    // It would go on in the background.
    git("config", "gc.auto", "0");
    cache = join(user.root, "../cache");
  });
  afterEach(() => user.close());

  it("remembers folders, writes nothing into the repository, and sees what comes right after a look", async () => {
    const before = await digestOf([path(".git")]);
    for (let round = 0; round < 3; round += 1) await rememberClean("the first change");
    expect(await digestOf([path(".git")])).toBe(before);
    for (let round = 0; round < 8; round += 1) {
      const looked = await isClean();
      writeFileSync(path(`d${round}/new`), "");
      expect([looked, await isClean()]).toEqual([true, false]);
      rmSync(path(`d${round}/new`));
    }
    expect(await isClean()).toBe(true);
    // Looks at once do not meet each other's copies.
    expect(await Promise.all(Array.from({ length: 4 }, isClean))).toEqual([true, true, true, true]);
    writeFileSync(path("d1/new"), "");
    expect(await Promise.all(Array.from({ length: 4 }, isClean))).toEqual([false, false, false, false]);
    expect(kept()).toHaveLength(1);
    const [one = ""] = kept();
    expect(statSync(one).mtimeMs).toBeLessThan(statSync(one).ctimeMs - 2_000);
  });

  it("sees all that git sees", async () => {
    const restored = statSync(path("d9"));
    const changes: Readonly<Record<string, () => unknown>> = {
      "a changed file": () => appendFileSync(file(1), "more"),
      "a file of the same length and time": () => {
        writeFileSync(file(1), "2\n");
        utimesSync(file(1), new Date(0), new Date(0));
      },
      "a deleted file": () => rmSync(file(2)),
      "a renamed file": () => renameSync(file(3), path("d3/other")),
      "a renamed folder": () => renameSync(path("d8"), path("d8-too")),
      "a file in a new folder": () => {
        mkdirSync(path("a/b"), { recursive: true });
        writeFileSync(path("a/b/c"), "");
      },
      "a new file in a folder whose time was set back, where git is told to trust no ctime": () => {
        writeFileSync(path("d9/new"), "");
        utimesSync(path("d9"), restored.atime, restored.mtime);
      },
      "an executable file": () => chmodSync(file(4), 0o755),
      "a link in place of a file": () => {
        rmSync(file(5));
        symlinkSync("x", file(5));
      },
      "a link in place of a folder": () => {
        renameSync(path("d10"), path("../d10"));
        symlinkSync("../d10", path("d10"));
      },
      "a repository in a folder": () => gitIn(user.root, "init", "-q", "nested"),
      "a staged file": () => {
        writeFileSync(path("staged"), "");
        git("add", "staged");
      },
      "a file that git is to forget": () => git("rm", "-q", "--cached", nameOf(6)),
      "a file that is ignored no more": () => writeFileSync(path(".git/info/exclude"), ""),
      "a file that the user ignores no more": () => writeFileSync(path("../ignored"), ""),
      "a commit taken back": () => git("reset", "-q", "--soft", "HEAD~1"),
      "another commit of a submodule": () => gitIn(path("sub"), "reset", "-q", "--hard", "HEAD~1"),
      "an index of another commit": () => git("read-tree", "HEAD~1"),
      "an older index in its place": () => writeFileSync(path(".git/index"), older),
    };
    const older = readFileSync(path(".git/index"));
    const other = await makeUserRepository();
    await other.commit("second");
    git("submodule", "--quiet", "add", other.root, "sub");
    git("config", "core.trustctime", "false");
    git("config", "core.excludesFile", path("../ignored"));
    appendFileSync(file(7), "for the second commit\n");
    git("commit", "-q", "-a", "-m", "second");
    const head = git("rev-parse", "HEAD").trim();
    for (const [what, change] of Object.entries(changes)) {
      writeFileSync(path(".git/info/exclude"), "*.tmp\n");
      writeFileSync(path("../ignored"), "*.mine\n");
      for (const name of ["left.tmp", "left.mine"]) writeFileSync(path(`d6/${name}`), "");
      await rememberClean(what);
      change();
      expect([await isClean(), await isClean()], what).toEqual([false, false]);
      rmSync(path("d10"), { recursive: true });
      git("reset", "-q", "--hard", head);
      git("submodule", "--quiet", "update");
      git("clean", "-q", "-ffd");
    }
    await other.close();
  }, 120_000);

  it("says what git says, whatever comes after what", async () => {
    const at = fc.nat(FOLDERS - 1);
    const kinds = ["write", "new", "remove", "ignore", "stage", "unstage", "commit", "hide", "look"] as const;
    const step = fc.record({ kind: fc.constantFrom(...kinds), at });
    const acts: Record<(typeof kinds)[number], (at: number) => unknown> = {
      write: (at) => writeFileSync(file(at), `${at % 10}\n`),
      new: (at) => writeFileSync(path(`d${at % 3}/new`), ""),
      remove: (at) => rmSync(path(`d${at % 3}/new`), { force: true }),
      ignore: (at) => writeFileSync(path(".git/info/exclude"), at % 2 === 0 ? "new\n" : ""),
      stage: () => git("add", "-A"),
      unstage: () => git("rm", "-q", "--cached", "--ignore-unmatch", "d0/new", "d1/new", "d2/new"),
      commit: () => git("commit", "-q", "--allow-empty", "-m", "x"),
      hide: (at) => git("update-index", at % 2 === 0 ? "--assume-unchanged" : "--no-assume-unchanged", nameOf(1)),
      look: () => {},
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 8, maxLength: 8 }), async (steps) => {
        for (const { kind, at } of steps) {
          acts[kind](at);
          const said = git("--no-optional-locks", "status", "--porcelain", "--untracked-files=all");
          expect(await isClean(), JSON.stringify(steps)).toBe(said === "");
        }
      }),
      { numRuns: 6 },
    );
  }, 120_000);

  it("runs nothing that the repository's configuration names, and looks at files that a monitor would hide", async () => {
    const ran = path("../ran");
    const program = path("../program");
    writeFileSync(program, `#!/bin/sh\necho "$0 $*" >> ${ran}\nprintf '%s\\0' token\n`, { mode: 0o755 });
    mkdirSync(path(".git/hooks"), { recursive: true });
    symlinkSync(program, path(".git/hooks/post-index-change"));
    git("config", "core.fsmonitor", program);
    git("config", "core.untrackedCache", "true");
    git("status");
    git("status");
    rmSync(ran);
    await rememberClean("a change that no monitor told");
    writeFileSync(file(1), "x\n");
    expect(await isClean()).toBe(false);
    git("checkout", "-q", "--", nameOf(1));
    writeFileSync(path("d5/new"), "");
    rmSync(ran);
    expect([await isClean(), await isClean()]).toEqual([false, false]);
    expect(existsSync(ran)).toBe(false);
  });

  it("sees changes in a sparse checkout with a sparse index, and in one with a shared index", async () => {
    git("sparse-checkout", "set", "--cone", "--sparse-index", ...Array.from({ length: 69 }, (_, at) => `d${at}`));
    await rememberClean("a change in a sparse checkout");
    mkdirSync(path("d69"), { recursive: true });
    writeFileSync(path("d69/new"), "");
    expect([await isClean(), await isClean()]).toEqual([false, false]);
    rmSync(path("d69"), { recursive: true });
    git("sparse-checkout", "disable");
    git("update-index", "--split-index");
    const before = await digestOf([path(".git")]);
    expect([await isClean(), await isClean()]).toEqual([true, true]);
    writeFileSync(file(69), "x\n");
    expect([await isClean(), await isClean()]).toEqual([false, false]);
    expect(await digestOf([path(".git")])).toBe(before);
  });

  it("does without in a linked work tree", async () => {
    git("worktree", "add", "-q", path("../linked"));
    const linked = path("../linked");
    expect((await stand(linked))?.isClean).toBe(true);
    writeFileSync(join(linked, "d1/new"), "");
    expect((await stand(linked))?.isClean).toBe(false);
    expect(kept()).toEqual([]);
  });

  it("does without where its cache cannot be written or is not its own, and is not fooled by what lies there", async () => {
    writeFileSync(cache, "a file");
    expect(await isClean()).toBe(true);
    rmSync(cache);
    await rememberClean("damage");
    const [name = ""] = kept();
    const whole = readFileSync(name);
    writeFileSync(path("d1/new"), "");
    const damages: Readonly<Record<string, () => unknown>> = {
      garbage: () => writeFileSync(name, "garbage"),
      "an empty file": () => writeFileSync(name, ""),
      "half of it": () => writeFileSync(name, whole.subarray(0, whole.length / 2)),
      "zeros at its end": () =>
        writeFileSync(name, Buffer.concat([whole.subarray(0, whole.length / 2), Buffer.alloc(whole.length / 2)])),
      "a folder": () => {
        rmSync(name, { force: true });
        mkdirSync(name);
      },
    };
    for (const [what, damage] of Object.entries(damages)) {
      rmSync(name, { recursive: true, force: true });
      damage();
      expect(await isClean(), what).toBe(false);
    }
    rmSync(cache, { recursive: true });
    rmSync(path("d1/new"));
    await rememberClean("a place that others can write in");
    const place = join(kept()[0] ?? "", "..");
    chmodSync(place, 0o770);
    const before = await digestOf([cache]);
    expect(await isClean()).toBe(true);
    expect(await digestOf([cache])).toBe(before);
    renameSync(place, path("../elsewhere"));
    symlinkSync(path("../elsewhere"), place);
    chmodSync(path("../elsewhere"), 0o700);
    expect(await isClean()).toBe(true);
    expect(readdirSync(path("../elsewhere"))).toHaveLength(1);
  });

  it("keeps one copy of a repository, none of those that nobody looks at, and what it had when a look was cut off", async () => {
    await rememberClean("a commit");
    const [first = ""] = kept();
    const old = join(cache, "0123456789abcdef");
    mkdirSync(old);
    utimesSync(old, new Date(), new Date(Date.now() - 40 * 86_400_000));
    writeFileSync(`${first}.1-1`, "of a process that was killed");
    await user.write("more", "");
    await user.commit("another");
    await rememberClean("an end");
    const [second = ""] = kept();
    expect([second === first, existsSync(old)]).toEqual([false, false]);
    const stop = new AbortController();
    const cut = repository().stand({ ...options(), signal: stop.signal, root: user.root, carry: RULES });
    setTimeout(() => stop.abort(new Error("stopped")), 5);
    await expect(cut).rejects.toThrow("stopped");
    expect(kept()).toEqual([second]);
  });
});
