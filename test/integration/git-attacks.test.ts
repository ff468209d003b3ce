import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLLECT_SCRIPT, READ_PACK_SCRIPT } from "../../src/adapters/git/collect-script.js";
import { createResultStore } from "../../src/adapters/git/results.js";
import type { Guest } from "../../src/ports/guest.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";
import { createForge, deltaBomb, type Entry, type ObjectForge, packOf } from "../support/hostile-objects.js";

/*
 * A worker that says whatever it likes: its objects are forged byte by byte, and its answers do not come from our
 * scripts. Nothing of it may become a branch, and what git itself refuses may not even stay in quarantine.
 */

interface Attack {
  readonly tip: string;
  /** Objects in the pack; default: all that were forged for this attack. */
  readonly pack?: Buffer;
  readonly announced?: number;
}

type Build = (forge: ObjectForge, base: { commit: string; tree: string; blob: string }) => Promise<Attack | string>;

const file = (name: string | Uint8Array, id: string, mode = "100644"): Entry => ({ mode, name, id });
const named =
  (...path: (string | Uint8Array)[]): Build =>
  async (forge, base) => {
    const name = path.at(-1) ?? "";
    const tree = await forge.nest(path.slice(0, -1), file(name, await forge.blob("evil\n")));
    return forge.commit(tree, [base.commit]);
  };
const link =
  (path: readonly string[], target: string | Uint8Array): Build =>
  async (forge, base) => {
    const tree = await forge.nest(path.slice(0, -1), file(path.at(-1) ?? "", await forge.blob(target), "120000"));
    return forge.commit(tree, [base.commit]);
  };
const withMode =
  (mode: string): Build =>
  async (forge, base) =>
    forge.commit(await forge.tree(file("x", await forge.blob("x"), mode)), [base.commit]);
const siblings =
  (...names: string[]): Build =>
  async (forge, base) => {
    const id = await forge.blob("x");
    return forge.commit(await forge.tree(...names.map((name) => file(name, id))), [base.commit]);
  };

/** Refused by git's object checks: nothing is kept, the work stays in the worker. */
const BROKEN_OBJECTS: Readonly<Record<string, Build>> = {
  ".git as a folder with hooks": named(".git", "hooks", "post-checkout"),
  ".GIT in another case": named("sub", ".GIT", "config"),
  ".git with trailing blanks and dots (NTFS)": named(".git. .", "config"),
  "git~1, the short name": named("git~1"),
  ".git with an invisible character (HFS+)": named(".g\u200cit", "config"),
  ".git with a stream name (NTFS)": named(".git:x", "y"),
  "a folder named ..": named("..", "escaped"),
  "a folder named .": named(".", "x"),
  "an absolute name": named("/etc/passwd"),
  "a name with a slash in it": named("a/b"),
  "an empty name": named(""),
  "two entries of one name": siblings("x", "x"),
  "entries out of order": siblings("z", "a"),
  "a mode that is no git mode": withMode("100664"),
  "a device": withMode("20666"),
  "a setuid file": withMode("104755"),
  "a mode with a zero in front": withMode("0100644"),
  "a .gitmodules that is a link": link([".gitmodules"], "x"),
  "a .gitmodules with a command for a URL": async (forge, base) => {
    const id = await forge.blob('[submodule "x"]\n\tpath = x\n\turl = -u./evil\n');
    return forge.commit(await forge.tree(file(".gitmodules", id)), [base.commit]);
  },
  "an object that is missing": async (forge, base) =>
    forge.commit(await forge.tree(file("x", "1".repeat(40))), [base.commit]),
  "the null object": async (forge, base) => forge.commit(await forge.tree(file("x", "0".repeat(40))), [base.commit]),
  "a parent that is missing": async (forge, base) => forge.commit(base.tree, ["2".repeat(40)]),
  "a tip that is no commit": async (_forge, base) => base.tree,
  "a tip that is not there": async () => ({ tip: "3".repeat(40) }),
  "a commit whose tree is a file": async (forge, base) => forge.commit(await forge.blob("x"), [base.commit]),
  "a pack that is none": async (_forge, base) => ({
    tip: base.commit.replace(/./u, "f"),
    pack: Buffer.from("nonsense…"),
  }),
  "a pack that only begins like one": async (_forge, base) => ({
    tip: base.commit.replace(/./u, "f"),
    pack: Buffer.concat([Buffer.from("PACK\0\0\0\u0002\0\0\0\u0001"), Buffer.alloc(64, 7)]),
  }),
};

/** Fine for git, refused by the rules: recorded, in quarantine, never accepted. */
const BROKEN_RULES: Readonly<Record<string, readonly [rule: string, build: Build]>> = {
  "a backslash": ["backslash", named("a\\b")],
  "an escape sequence": ["control_character", named("x\u001b]0;evil\u0007")],
  "a newline": ["control_character", named("x\nlimaform-error no")],
  "a name that reads backwards": ["control_character", named("txt.\u202eexe")],
  "invalid UTF-8": ["invalid_utf8", named(Buffer.from([0x61, 0xff, 0x62]))],
  "a name longer than a file system takes": ["too_long", named("n".repeat(256))],
  "a path that is too long": ["too_long", named(...Array.from({ length: 6 }, () => "d".repeat(200)))],
  "a path that is too deep": ["too_deep", named(...Array.from({ length: 65 }, () => "d"))],
  ".git in full-width letters": ["git_directory", named("．ｇｉｔ", "config")],
  "another system's repository": ["foreign_vcs_directory", named("a", ".HG", "hgrc")],
  "an absolute link": ["link_absolute", link(["a"], "/etc/passwd")],
  "a link out of the tree": ["link_escapes", link(["sub", "a"], "../../outside")],
  "a link that winds its way out": ["link_winds", link(["a"], "sub/../../outside")],
  "a link into .git": ["link_into_git", link(["a"], ".git/hooks")],
  "a link with a control character": ["link_unreadable", link(["a"], "x\u001by")],
  "a link to nothing": ["link_empty", link(["a"], "")],
  "a link to C:": ["link_absolute", link(["a"], "C:/windows")],
  "a .gitattributes that is a link": ["git_file_as_link", link(["sub", ".GitAttributes"], "x")],
  "two links that lead out together": [
    "link_through_link",
    async (forge, base) => {
      const inner = await forge.tree(file("up", await forge.blob(".."), "120000"));
      const entries = [file("a", await forge.blob("d/up/outside"), "120000"), { mode: "40000", name: "d", id: inner }];
      return forge.commit(await forge.tree(...entries), [base.commit]);
    },
  ],
  "a submodule": [
    "submodule",
    async (forge, base) => forge.commit(await forge.tree(file("m", base.commit, "160000")), [base.commit]),
  ],
  "names that differ by case": ["name_collision", siblings("Readme", "rEADME")],
  "names that differ by Unicode form": ["name_collision", siblings("cafe\u0301", "caf\u00e9")],
  "folders that differ by case": [
    "name_collision",
    async (forge, base) => {
      const id = await forge.tree(file("x", await forge.blob("x")));
      const entries = ["Dir", "dir"].map((name) => ({ mode: "40000", name, id }));
      return forge.commit(await forge.tree(...entries), [base.commit]);
    },
  ],
  "a bad name that a later commit removes again": [
    "control_character",
    async (forge, base) => {
      const bad = await forge.commit(await forge.tree(file("x\u0007", await forge.blob("x"))), [base.commit]);
      return forge.commit(base.tree, [bad]);
    },
  ],
  "a bad name on the side branch of a merge": [
    "backslash",
    async (forge, base) => {
      const side = await forge.commit(await forge.tree(file("a\\b", await forge.blob("x"))), [base.commit]);
      const main = await forge.commit(base.tree, [base.commit], "x-main yes\n");
      return forge.commit(base.tree, [main, side]);
    },
  ],
  "a bad name in a history that has nothing to do with ours": [
    "backslash",
    async (forge) => forge.commit(await forge.tree(file("a\\b", await forge.blob("x"))), []),
  ],
  "a collision on one side of a merge, hidden by the other side": [
    "name_collision",
    async (forge, base) => {
      const empty = await forge.tree(file("other", await forge.blob("x")));
      const without = await forge.commit(empty, [base.commit]);
      const id = await forge.blob("x");
      const both = await forge.tree(file("README.md", base.blob), file("readme.md", id));
      const colliding = await forge.commit(both, [base.commit]);
      return forge.commit(empty, [without, colliding]);
    },
  ],
  "a collision on the other side of a merge, hidden by the other side": [
    "name_collision",
    async (forge, base) => {
      const empty = await forge.tree(file("other", await forge.blob("x")));
      const without = await forge.commit(empty, [base.commit]);
      const id = await forge.blob("x");
      const both = await forge.tree(file("README.md", base.blob), file("readme.md", id));
      const colliding = await forge.commit(both, [base.commit]);
      return forge.commit(empty, [colliding, without]);
    },
  ],
  "a collision that a later commit removes again": [
    "name_collision",
    async (forge, base) => {
      const id = await forge.blob("x");
      const bad = await forge.commit(await forge.tree(file("A", id), file("a", id)), [base.commit]);
      return forge.commit(base.tree, [bad]);
    },
  ],
};

describe("a hostile worker", () => {
  let scene: CodeScene;
  let base: { commit: string; tree: string; blob: string };
  let count = 0;
  beforeAll(async () => {
    scene = await makeCodeScene();
    const { base: commit } = await scene.push();
    base = {
      commit,
      tree: await scene.user.git("rev-parse", "HEAD^{tree}"),
      blob: await scene.user.git("rev-parse", "HEAD:README.md"),
    };
  });
  afterAll(() => scene.close());

  /** Collects from a guest that answers with the attack; the object checks of `limits` are the real ones. */
  const collectAttack = async (build: Build, limits?: { packBytes: number; objects: number }) => {
    count += 1;
    const name = `attack-${count}.git`;
    await scene.guest.sh(
      `git init -q --bare ${name}; echo ${scene.guest.home}/project/.git/objects > ${name}/objects/info/alternates`,
    );
    const gitDir = join(scene.guest.home, name);
    const built = await build(createForge(gitDir), base);
    const attack: Attack = typeof built === "string" ? { tip: built } : built;
    const pack = attack.pack ?? (await packOf(gitDir, await looseObjects(gitDir)));
    const guest: Guest = {
      ...scene.guest,
      async exec(instance, command, call) {
        const reply = (stdout: string) => ({ exitCode: 0, stdout, stderr: "", isCut: false });
        if (command.argv[2] === COLLECT_SCRIPT) {
          return reply(`tip ${attack.tip}\npartial no\npack ${attack.announced ?? pack.length}\nend\n`);
        }
        if (command.argv[2] === READ_PACK_SCRIPT) {
          const [offset, length] = command.argv.slice(-2).map(Number);
          return reply(pack.subarray(offset, (offset ?? 0) + (length ?? 0)).toString("base64"));
        }
        return scene.guest.exec(instance, command, call);
      },
    };
    const { git, store, quarantines, runsFolder } = scene;
    const clock = { now: () => "2026-01-02T03:04:05.000Z" };
    const results = createResultStore({
      git,
      guest,
      store,
      quarantines,
      clock,
      runsFolder,
      ...(limits === undefined ? {} : { limits }),
    });
    const run = `20260102-030405-${String(count).padStart(4, "0")}`;
    const request = {
      instance: INSTANCE,
      run,
      slot: 1,
      guestPath: "~/project",
      root: scene.user.root,
      base: base.commit,
      specFiles: [],
    };
    const id = `${run}/1`;
    return {
      id,
      collected: results.collect(request, options()),
      accept: (keepCommits: boolean) =>
        results.accept({ id, root: scene.user.root, keepCommits, allow: [] }, options()),
    };
  };

  const untouched = async () => ({
    refs: await scene.user.git("for-each-ref"),
    status: await scene.user.git("status", "--porcelain=v2", "--branch", "--ignored"),
    objects: await scene.user.git("count-objects", "-v"),
  });

  it.each(Object.entries(BROKEN_OBJECTS))("is refused by git's object checks: %s", async (_name, build) => {
    const before = await untouched();
    const { id, collected, accept } = await collectAttack(build);
    await expect(collected).rejects.toMatchObject({ code: "REVIEW_OBJECTS_REFUSED" });
    await expect(accept(false)).rejects.toMatchObject({ code: "REVIEW_NOT_FOUND" });
    expect(await scene.git.neutral(scene.quarantines.path(INSTANCE), ["for-each-ref"], options())).toMatchObject({
      stdout: expect.not.stringContaining(id),
    });
    expect(await untouched()).toEqual(before);
  });

  it.each(Object.entries(BROKEN_RULES).map(([name, [rule, build]]) => [name, rule, build] as const))(
    "is refused by the rules: %s (%s)",
    async (_name, rule, build) => {
      const before = await untouched();
      const { collected, accept } = await collectAttack(build);
      const result = await collected;
      const violations =
        (result?.refused?.details as { violations?: readonly { rule: string; path: string }[] })?.violations ?? [];
      expect(violations.map((violation) => violation.rule)).toContain(rule);
      for (const keepCommits of [false, true])
        await expect(accept(keepCommits)).rejects.toMatchObject({ code: "REVIEW_REFUSED" });
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be left
      expect(JSON.stringify(result).replaceAll("\\\\", "")).not.toMatch(/\\u00|[\u0000-\u001f\u202e]/u);
      expect(await untouched()).toEqual(before);
    },
  );

  it("is refused for a pack that is larger than the limit, before a byte of it is fetched", async () => {
    const { collected } = await collectAttack(async (_forge, { commit }) => ({
      tip: commit.replace(/./u, "f"),
      announced: 600 * 1024 * 1024,
    }));
    await expect(collected).rejects.toMatchObject({ code: "REVIEW_TOO_LARGE" });
  });

  it("is refused for more objects than allowed, before git unpacks one", async () => {
    const { collected } = await collectAttack(named("x"), { packBytes: 1_000_000, objects: 2 });
    await expect(collected).rejects.toMatchObject({ code: "REVIEW_TOO_LARGE" });
  });

  it("is refused when less comes than was announced", async () => {
    const { collected } = await collectAttack(async (forge, { commit }) => ({
      tip: await forge.commit(base.tree, [commit]),
      announced: 5_000_000,
    }));
    await expect(collected).rejects.toMatchObject({ code: "REPO_COLLECT_FAILED" });
  });

  it("is refused for a small pack that would unfold to gigabytes", async () => {
    const pack = deltaBomb(200);
    expect(pack.length).toBeLessThan(100_000);
    const { collected } = await collectAttack(async (_forge, { commit }) => ({ tip: commit.replace(/./u, "f"), pack }));
    await expect(collected).rejects.toMatchObject({
      code: "REVIEW_OBJECTS_REFUSED",
      message: expect.stringMatching(/limit/u),
    });
  });

  it("is refused for a few trees that would unfold to a milliard of names, as soon as that shows", async () => {
    const { collected } = await collectAttack(async (forge, { commit }) => {
      let id = await forge.tree(file("f", await forge.blob("x")));
      for (let level = 0; level < 9; level += 1) {
        id = await forge.tree(...Array.from({ length: 10 }, (_, at) => ({ mode: "40000", name: `d${at}`, id })));
      }
      return forge.commit(id, [commit]);
    });
    await expect(collected).rejects.toMatchObject({ code: "REVIEW_TOO_LARGE" });
  });

  it("is refused for a commit whose text alone is larger than what is read", async () => {
    const { collected } = await collectAttack(async (forge, { commit, tree }) =>
      forge.commit(tree, [commit], `x-long ${"z".repeat(20_000_000)}\n`),
    );
    await expect(collected).rejects.toMatchObject({ code: "REVIEW_TOO_LARGE" });
  });

  it("leaves nothing of a refused pack in quarantine, not even half a one", async () => {
    const packs = () => readdir(join(scene.quarantines.path(INSTANCE), "objects/pack"));
    const before = await packs();
    const { collected } = await collectAttack(async (forge, { commit }) =>
      forge.commit(await forge.tree(file("x", "1".repeat(40))), [commit]),
    );
    await expect(collected).rejects.toMatchObject({ code: "REVIEW_OBJECTS_REFUSED" });
    expect(await packs()).toEqual(before);
  });

  it("is given up when it answers every call and never comes to an end", async () => {
    const chunk = Buffer.alloc(8 * 1024 * 1024).toString("base64");
    const exec: Guest["exec"] = async (_instance, command, { signal }) => {
      if (command.argv[2] === COLLECT_SCRIPT) {
        const stdout = `tip ${base.commit.replace(/./u, "f")}\npartial no\npack ${500 * 1024 * 1024}\nend\n`;
        return { exitCode: 0, stdout, stderr: "", isCut: false };
      }
      await sleep(200, null, { signal }).catch(() => signal.throwIfAborted());
      return { exitCode: 0, stdout: chunk, stderr: "", isCut: false };
    };
    const { git, store, quarantines, runsFolder } = scene;
    const clock = { now: () => "2026-01-02T03:04:05.000Z" };
    const guest = { ...scene.guest, exec };
    const results = createResultStore({ git, guest, store, quarantines, clock, runsFolder });
    const request = { instance: INSTANCE, run: "20260102-030405-ffff", slot: 1, guestPath: "~/project" };
    const more = { root: scene.user.root, base: base.commit, specFiles: [] };
    await expect(results.collect({ ...request, ...more }, { ...options(), timeoutMs: 1_500 })).rejects.toMatchObject({
      code: "REVIEW_TOO_SLOW",
      message: expect.stringContaining("2s"),
    });
  });

  it("cannot pass a rule by claiming a tip of which the host has the objects already", async () => {
    const { collected } = await collectAttack(async (_forge, { commit }) => ({ tip: commit, announced: 0 }));
    expect(await collected).toBeNull();
  });

  it("leaves nothing in the folder for temporary files", async () => {
    expect(await readdir(join(scene.state, "tmp"))).toEqual([]);
    expect(await readFile(join(scene.user.root, "README.md"), "utf8")).toBe("# project\n");
  });
});

async function looseObjects(gitDir: string): Promise<string[]> {
  const folders = (await readdir(join(gitDir, "objects"))).filter((name) => name.length === 2);
  const lists = await Promise.all(
    folders.map(async (name) => (await readdir(join(gitDir, "objects", name))).map((rest) => name + rest)),
  );
  return lists.flat();
}
