import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { createForge, type Entry, type ObjectForge, packOf } from "./hostile-objects.js";

/*
 * Objects that a worker may send, forged byte by byte: what git's own checks refuse, and what passes them and breaks the
 * rules of the review.
 */

/** What the worker was given. */
export interface AttackBase {
  readonly commit: string;
  readonly tree: string;
  readonly blob: string;
}

export interface Attack {
  readonly tip: string;
  /** Objects in the pack; default: all that were forged for this attack. */
  readonly pack?: Buffer;
  readonly announced?: number;
}

export type Build = (forge: ObjectForge, base: AttackBase) => Promise<Attack | string>;

/** A merge whose tree shows nothing of the collision that one of its sides has. */
const collidingMerge =
  (parents: (without: string, colliding: string) => readonly string[]): Build =>
  async (forge, base) => {
    const empty = await forge.tree(file("other", await forge.blob("x")));
    const without = await forge.commit(empty, [base.commit]);
    const id = await forge.blob("x");
    const both = await forge.tree(file("README.md", base.blob), file("readme.md", id));
    const colliding = await forge.commit(both, [base.commit]);
    return forge.commit(empty, parents(without, colliding));
  };

export const file = (name: string | Uint8Array, id: string, mode = "100644"): Entry => ({ mode, name, id });
export const named =
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
export const BROKEN_OBJECTS: Readonly<Record<string, Build>> = {
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
  "content under the name of another object": async (forge, base) => {
    const id = await forge.misnamed("evil", "7".repeat(40));
    return forge.commit(await forge.tree(file("x", id)), [base.commit]);
  },
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
export const BROKEN_RULES: Readonly<Record<string, readonly [rule: string, build: Build]>> = {
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
    collidingMerge((without, colliding) => [without, colliding]),
  ],
  "a collision on the other side of a merge, hidden by the other side": [
    "name_collision",
    collidingMerge((without, colliding) => [colliding, without]),
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

/** Makes the objects in a bare repository of their own, and the pack that the worker sends. */
export async function buildAttack(gitDir: string, build: Build, base: AttackBase): Promise<Required<Attack>> {
  const built = await build(createForge(gitDir), base);
  const attack: Attack = typeof built === "string" ? { tip: built } : built;
  const pack = attack.pack ?? (await packOf(gitDir, await looseObjects(gitDir)));
  return { tip: attack.tip, pack, announced: attack.announced ?? pack.length };
}

async function looseObjects(gitDir: string): Promise<string[]> {
  const folders = (await readdir(join(gitDir, "objects"))).filter((name) => name.length === 2);
  const lists = await Promise.all(
    folders.map(async (name) => (await readdir(join(gitDir, "objects", name))).map((rest) => name + rest)),
  );
  return lists.flat();
}
