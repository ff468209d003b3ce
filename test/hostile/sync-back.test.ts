import { execFile } from "node:child_process";
import { lstat, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BACK_SCRIPT } from "../../src/adapters/git/back-script.js";
import { BROKEN_OBJECTS, BROKEN_RULES, type Build, file } from "../support/attacks.js";
import { deltaBomb } from "../support/hostile-objects.js";
import { type HostileScene, makeHostileScene } from "./scene.js";

/*
 * A worker that tries to harm the host while its files come back, with a person who says yes to everything. Each case runs
 * the real code with real git; what is around (the repository, its .git, the home, other quarantines) is digested before
 * and after. docs/hostile.md is written from what happened here.
 */

const TABLE = fileURLToPath(new URL("../../docs/hostile.md", import.meta.url));
let scene: HostileScene;
/** By attack: what came of it, and whether the surroundings are the same to the byte. */
const happened: (readonly [attack: string, outcome: string, surroundings: string])[] = [];

beforeAll(async () => {
  scene = await makeHostileScene();
});
afterAll(() => scene.close());

/** What else is in a forged tree and is an ordinary file, or a link that stays inside. */
const HARMLESS: Readonly<Record<string, readonly string[]>> = {
  "two links that lead out together": ["d"],
  "a collision on one side of a merge, hidden by the other side": ["other"],
  "a collision on the other side of a merge, hidden by the other side": ["other"],
};

/** Runs one attack and notes it. `allowed`: paths of the repository that may honestly have changed. */
async function attack(name: string, act: () => Promise<string>, allowed: readonly string[] = []): Promise<string> {
  const before = await scene.surroundings(allowed);
  const outcome = await act();
  const after = await scene.surroundings(allowed);
  expect(after).toBe(before);
  expect(await scene.leftovers()).toEqual([]);
  const harmless = allowed.length === 0 ? "unchanged" : `unchanged but for ${allowed.join(", ")}`;
  happened.push([name, outcome, harmless]);
  return outcome;
}

describe("objects that git's own checks refuse", () => {
  it.each(Object.entries(BROKEN_OBJECTS))("%s", async (name, build) => {
    expect(await attack(name, () => scene.pullForged(build))).toBe("REVIEW_OBJECTS_REFUSED");
  });
});

describe("trees that git takes and the rules refuse", () => {
  /* History is not taken by sync-back, so what is only in it never arrives; these trees are those of the last commit. */
  const only = Object.entries(BROKEN_RULES).filter(([name]) => !/later commit|merge/u.test(name));
  it.each(only.map(([name, [rule, build]]) => [name, rule, build] as const))("%s", async (name, rule, build) => {
    const outcome = await attack(name, () => scene.pullForged(build), HARMLESS[name]);
    expect(outcome).toContain(`refused (${rule})`);
  });

  it.each(Object.entries(BROKEN_RULES).filter(([name]) => /later commit|merge/u.test(name)))(
    "%s",
    async (name, [, build]) => {
      expect(await attack(name, () => scene.pullForged(build), HARMLESS[name])).not.toMatch(/refused|REVIEW/u);
    },
  );
});

type Own = readonly [name: string, script: string, outcome: RegExp, allowed?: readonly string[]];

describe("what a worker can put into its folder", () => {
  const FORGED_LINK = "ln -s ../../.ssh keys; mkdir -p x; ln -s ../keys x/k";
  const OWN: readonly Own[] = [
    ["a link to ~/.ssh", "ln -s ~/.ssh keys", /keys refused \(link_absolute\)/],
    ["a relative link to ~/.ssh, and a link through it", FORGED_LINK, /keys refused \(link_escapes\)/],
    [
      "a folder that becomes a link to the home",
      "rm -r src; ln -s ../../ src",
      /src refused \(link_escapes\)/,
      ["src"],
    ],
    ["a named pipe in place of a file", "rm src/a.txt; mkfifo src/a.txt", /src\/a.txt taken/, ["src/a.txt"]],
    ["a named pipe", "mkfifo pipe", /nothing comes/],
    ["a hard link to another of its files", "ln src/a.txt hard", /hard taken/, ["hard"]],
    ["setuid, setgid and sticky bits", "echo x > suid; chmod 7755 suid", /suid taken/, ["suid"]],
    ["a file that everybody may write", "echo x > open; chmod 666 open", /open taken/, ["open"]],
    [
      "a repository inside, with hooks",
      "git init -q in; printf '#!/bin/sh\\n' > in/.git/hooks/post-checkout",
      /nothing comes/,
    ],
    ["a .git file that points to the host's home", "mkdir g; echo 'gitdir: /root' > g/.git", /nothing comes/],
    [
      "a hook and core.fsmonitor in its own repository",
      "git config core.fsmonitor /bin/false; mkdir -p .git/hooks; echo x > .git/hooks/post-index-change; chmod +x .git/hooks/post-index-change",
      /nothing comes/,
    ],
    [
      "a clean filter named by .gitattributes",
      "git config filter.x.clean 'sh -c \"echo evil\"'; echo '* filter=x' > .gitattributes; echo y > y",
      /.gitattributes taken; y taken/,
      [".gitattributes", "y"],
    ],
    [
      ".gitmodules with an option for a URL",
      "printf '[submodule \"x\"]\\n path = x\\n url = -u./evil\\n' > .gitmodules",
      /REVIEW_OBJECTS_REFUSED/,
    ],
    [
      "a submodule whose path leads through a link",
      "ln -s src way; git init -q s; git -C s commit -q --allow-empty -m x; git update-index --add --cacheinfo 160000,$(git -C s rev-parse HEAD),way/s; git commit -qm x",
      /way.* (taken|refused)/,
      ["way"],
    ],
    ["a sparse file of 1 TB", "truncate -s 1T huge", /nothing comes/],
    [
      "a folder chain of 70",
      "mkdir -p $(printf 'd/%.0s' $(seq 70)); echo x > $(printf 'd/%.0s' $(seq 70))f",
      /refused \(too_deep\)/,
    ],
    ["a name with a newline", "echo x > \"$(printf 'a\\nb')\"", /refused \(control_character\)/],
    ["a name that clears the screen", "echo x > \"$(printf 'a\\033[2Jb')\"", /refused \(control_character\)/],
    ["a name of invalid UTF-8", "echo x > \"$(printf 'a\\377b')\"", /refused \(invalid_utf8\)/],
    [
      "a name that looks like an option",
      "echo x > ./--upload-pack=evil; echo y > ./-rf",
      /--upload-pack=evil taken; -rf taken/,
      ["--upload-pack=evil", "-rf"],
    ],
    ["a name with shell in it", "echo x > '$(touch pwned);`id`'", /taken/, ["$(touch pwned);`id`"]],
    ["names that differ by case", "echo 1 > Twin; echo 2 > tWIN", /refused \(name_collision\)/],
    [
      "names that differ by Unicode form",
      "echo 1 > \"$(printf 'caf\\303\\251')\"; echo 2 > \"$(printf 'cafe\\314\\201')\"",
      /refused \(name_collision\)/,
    ],
    ["a ref that looks like an option", "git update-ref refs/heads/--exec=evil HEAD", /nothing comes/],
    [
      "branches and tags named like objects and like HEAD",
      'one=$(git rev-parse HEAD); for name in heads/$one tags/$one tags/HEAD heads/HEAD heads/FETCH_HEAD; do git update-ref "refs/$name" "$(git commit-tree "$(git mktree </dev/null)" -m evil)"; done; echo x > named',
      /named taken/,
      ["named"],
    ],
    [
      "its alternates point to the host's home",
      "echo /root/.git/objects >> .git/objects/info/alternates; echo x > alt",
      /alt taken/,
      ["alt"],
    ],
    [
      "a reflog and a replaced object",
      "git replace HEAD^{tree} $(git mktree </dev/null) 2>/dev/null; echo x > rep",
      /rep taken/,
      ["rep"],
    ],
    [
      "a commit message that writes to the terminal",
      "git commit -q --allow-empty -m \"$(printf '\\033]0;evil\\007')\"; echo x > msg",
      /msg taken/,
      ["msg"],
    ],
    [
      "a lock file with another source",
      'printf \'{"packages":{"x":{"resolved":"https://evil.example/x.tgz"}}}\' > package-lock.json',
      /package-lock.json taken/,
      ["package-lock.json"],
    ],
    ["everything is deleted", "git rm -rqf . ; rm -rf src", /taken/, ["README.md", "src"]],
    [
      "an index that hides changes",
      "git update-index --assume-unchanged src/a.txt; echo evil > src/a.txt",
      /src\/a.txt taken/,
      ["src/a.txt"],
    ],
  ];
  it.each(OWN.map((own) => ({ own, name: own[0] })))(
    "$name",
    async ({ own: [name, script, outcome, allowed = []] }) => {
      try {
        await scene.work(script);
        expect(await attack(name, () => scene.pull({ workerId: name }), allowed)).toMatch(outcome);
      } finally {
        await scene.reset();
      }
    },
  );

  it("brings no special bits, and a pipe is a deleted file", async () => {
    await scene.work("echo x > suid; chmod 7755 suid");
    await scene.pull({ workerId: "bits" });
    expect((await lstat(join(scene.user.root, "suid"))).mode & 0o7000).toBe(0);
    await scene.reset();
  });
});

describe("sizes", () => {
  it.each<readonly [string, () => Promise<string>, string]>([
    [
      "a pack of kilobytes that unfolds to gigabytes",
      () => scene.pullForged(async (_forge, { commit }) => ({ tip: commit.replace(/./u, "f"), pack: deltaBomb(200) })),
      "REVIEW_OBJECTS_REFUSED",
    ],
    ["ten trees that stand for a milliard of names", () => scene.pullForged(bomb(9, 10)), "REVIEW_TOO_LARGE"],
    ["10^6 empty files", () => scene.pullForged(bomb(6, 10)), "REVIEW_TOO_LARGE"],
    [
      "a pack larger than the limit",
      () =>
        scene.pullForged(async (_f, { commit }) => ({ tip: commit.replace(/./u, "f"), announced: 600 * 1024 ** 2 })),
      "REVIEW_TOO_LARGE",
    ],
    [
      "more objects than the limit",
      () =>
        scene.pullForged(async (forge, { tree, commit }) => forge.commit(tree, [commit]), {
          packBytes: 1_000_000,
          objects: 0,
        }),
      "REVIEW_TOO_LARGE",
    ],
    [
      "less than was announced",
      () =>
        scene.pullForged(async (forge, { tree, commit }) => ({
          tip: await forge.commit(tree, [commit]),
          announced: 5_000_000,
        })),
      "REPO_COLLECT_FAILED",
    ],
    [
      "a pack under a name that the host has",
      () => scene.pullForged(async (forge, { tree, blob }) => forge.commit(tree, [], `x-blob ${blob}\n`)),
      "nothing comes",
    ],
  ])("%s", async (name, act, outcome) => {
    expect(await attack(name, act)).toBe(outcome);
  });

  function bomb(levels: number, width: number): Build {
    return async (forge, { commit }) => {
      const empty = await forge.blob("");
      let id = await forge.tree(...Array.from({ length: width }, (_, at) => file(`f${at}`, empty)));
      for (let level = 1; level < levels; level += 1) {
        id = await forge.tree(...Array.from({ length: width }, (_, at) => ({ mode: "40000", name: `d${at}`, id })));
      }
      return forge.commit(id, [commit]);
    };
  }
});

describe("answers that are not ours", () => {
  it.each<readonly [string, (base: string) => string]>([
    ["no answer at all", () => ""],
    ["an answer without its end", (base) => `tip ${base}\nlarge 0\npack 0\n`],
    ["a tip that is an option", () => "tip --exec=evil\nlarge 0\npack 0\nend\n"],
    ["a pack of minus one byte", (base) => `tip ${base}\nlarge 0\npack -1\nend\n`],
    ["a pack larger than numbers are", (base) => `tip ${base}\nlarge 0\npack 99999999999999999999\nend\n`],
    ["text for the terminal in place of the pack", (base) => `tip ${base}\nlarge 0\npack 9\n\u001b[2J\nend\n`],
    ["a hundred megabytes of noise", () => "x".repeat(100_000_000)],
  ])("%s", async (name, answer) => {
    const outcome = await attack(name, () =>
      scene.pullFrom((script) => (script === BACK_SCRIPT ? answer(scene.base.commit) : "")),
    );
    expect(outcome).toBe("REPO_BACK_FAILED");
  });

  it("a ref of the host's own as its tip", async () => {
    const head = await scene.user.git("rev-parse", "HEAD");
    const act = () => scene.pullFrom(() => `tip ${head}\nlarge 0\npack 0\nend\n`);
    expect(await attack("a tip that is a commit of the host's own", act)).toBe("nothing comes");
  });
});

describe("an rsync that lies about ignored files", () => {
  /** `out.a.txt` is what is asked for; as many bytes are told in its place. */
  const NAME = "out.a.txt";
  const says = (other: string) => ({ lie: { says: [[NAME, other]] } });
  const UNKNOWN = /^(RSYNC_FAILED|REVIEW_UNASKED|REPO_BACK_FAILED)$/u;
  type Lie = Parameters<HostileScene["pullIgnored"]>[0];
  it.each<readonly [string, Lie, RegExp]>([
    ["a name that was not asked for", says("out.z.txt"), UNKNOWN],
    ["a name with ../", says("../../z.x"), UNKNOWN],
    ["a name with .. inside", says("o/../../z"), UNKNOWN],
    ["an absolute name", says("/tmp/z.tx"), UNKNOWN],
    ["a file of .git", says(".git/HEAD"), UNKNOWN],
    ["an empty name", says("\0ut.a.txt"), UNKNOWN],
    [
      "a link in place of a file",
      { lie: { before: "cd project && ln -sf ~/.ssh/id_ed25519 out.a.txt", asks: [["-tRe.", "-lRe."]] } },
      /^nothing comes$/u,
    ],
    [
      "a link to the home under a folder's name, then a file through it",
      {
        // The folder is sent as the link that it is there; `listing` makes its file one that is asked for.
        listing: ["6 81a4 fold/a.txt"],
        lie: {
          before: "mkdir -p evil && echo evil > evil/a.txt && ln -sfn ../evil project/fold",
          asks: [
            ["-tRe.", "-lRe."],
            ["--no-implied-dirs", "--implied-dirs//"],
          ],
        },
      },
      /^(RSYNC_FAILED|REVIEW_UNASKED|REPO_BACK_FAILED|fold\/a\.txt taken)$/u,
    ],
    [
      "a device of the machine",
      {
        lie: {
          asks: [
            [NAME, "dev//null"],
            ["-tRe.", "-DRe."],
            ["project/", "////////"],
          ],
        },
      },
      UNKNOWN,
    ],
    [
      "a named pipe",
      { lie: { before: "cd project && rm out.a.txt && mkfifo out.a.txt", asks: [["-tRe.", "-DRe."]] } },
      /^nothing comes$/u,
    ],
    [
      "a whole folder where a file was asked for",
      {
        lie: {
          asks: [
            [NAME, "src//////"],
            ["-tRe.", "-rRe."],
          ],
        },
      },
      UNKNOWN,
    ],
    ["another file than the one that was asked for", { lie: { asks: [[NAME, "src/a.txt"]] } }, UNKNOWN],
    [
      "a file that is larger than was listed, and than any may be",
      { lie: { meanwhile: "cd project && truncate -s 150M out.a.txt" } },
      /^(RSYNC_FAILED|REPO_BACK_FAILED)$/u,
    ],
    [
      "more than was listed, all together",
      {
        lie: { meanwhile: "cd project && head -c 3000000 /dev/urandom > out.a.txt" },
        limits: { packBytes: 1_000_000, objects: 1_000 },
      },
      /^REVIEW_TOO_LARGE$/u,
    ],
    ["noise without end", { lie: { noise: "x" } }, /^RSYNC_FAILED$/u],
    ["an rsync that never answers", { lie: { hangs: true }, timeoutMs: 4_000 }, /^REVIEW_TOO_SLOW$/u],
    ["an error that writes to the terminal", { lie: { stderr: "\u001b]0;evil\u0007no space" } }, /^RSYNC_FAILED$/u],
    [
      "a list of names that are none",
      { listing: ["1 81a4 ../z", "1 81a4 /etc/passwd", "1 81a4 .git/config", "1 81a4 a\nb"] },
      /refused \(dot_component\).*refused \(absolute\).*2 more/u,
    ],
    [
      "a list with a size that is none",
      { listing: ["99999999999999999999 81a4 out.a.txt", "x y z"] },
      /^nothing comes$/u,
    ],
    [
      "a list that names a file of the host's that is no ignored one",
      { listing: ["2 81a4 src/a.txt"] },
      /^src\/a\.txt (conflict|same)|^nothing comes$/u,
    ],
  ])("%s", async (name, lie, outcome) => {
    try {
      await scene.work(
        "rm -rf out.a.txt && mkdir -p .git/info && echo 'out*' > .git/info/exclude && echo hello > out.a.txt",
      );
      expect(await attack(`rsync: ${name}`, () => scene.pullIgnored(lie))).toMatch(outcome);
      expect(await scene.staged()).toEqual([]);
    } finally {
      await scene.reset();
    }
  });
});

describe("an rsync on this host that a sender got the better of", () => {
  const UNASKED = "REVIEW_UNASKED";
  it.each<readonly [string, string, string]>([
    ["a file that nobody asked for", "echo x > out.a.txt; echo x > outb", UNASKED],
    ["a link in place of a file", "ln -s ~/.ssh/id_ed25519 out.a.txt", UNASKED],
    ["a link in place of a folder", "ln -s ~/.ssh out", UNASKED],
    ["a second name of the user's key", "ln ~/.ssh/id_ed25519 out.a.txt", UNASKED],
    ["a named pipe in place of a file", "mkfifo out.a.txt", UNASKED],
    ["a folder in place of a file", "mkdir -p out.a.txt", UNASKED],
    ["a repository", "echo x > out.a.txt; git init -q .", UNASKED],
    [
      "more files than were asked for",
      "echo x > out.a.txt; for i in $(seq 300); do   : > out$i; done",
      "REVIEW_TOO_LARGE",
    ],
    ["setuid, setgid and sticky bits", "echo x > out.a.txt; chmod 7755 out.a.txt", "out.a.txt taken"],
    ["nothing at all, and a good end", "exit 0", "REPO_BACK_FAILED"],
    ["a folder that cannot be entered", "echo x > out.a.txt; echo x > outb; chmod 0 outb", UNASKED],
  ])("%s", async (name, client, outcome) => {
    try {
      await scene.work(
        "rm -rf out.a.txt && mkdir -p .git/info && echo 'out*' > .git/info/exclude && echo hello > out.a.txt",
      );
      expect(
        await attack(
          `fooled rsync: ${name}`,
          () => scene.pullIgnored({ client }),
          outcome.endsWith("taken") ? ["out.a.txt"] : [],
        ),
      ).toBe(outcome);
    } finally {
      await scene.reset();
    }
  });
});

describe("changes on the host while it pulls", () => {
  it("a folder becomes a link between the look and the writing", async () => {
    const { root } = scene.user;
    await scene.work("echo evil > src/a.txt; echo evil > src/new");
    const look = await scene.back.look(scene.backRequest({ workerId: "swap" }), OPTIONS());
    await rename(join(root, "src"), join(root, "moved"));
    await symlink("../.ssh", join(root, "src"));
    const outcome = await attack("a folder of the host that becomes a link to ~/.ssh during the pull", async () => {
      const { changes } = await look.take({ allow: [], deletions: true, reviewed: true }, OPTIONS());
      return changes.map(({ path, status, why }) => `${path} ${status} (${why})`).join("; ");
    });
    expect(outcome).toBe("src/a.txt conflict (link_in_the_way); src/new conflict (link_in_the_way)");
    await rm(join(root, "src"));
    await rename(join(root, "moved"), join(root, "src"));
    await scene.reset();
  });

  it("a folder is swapped for a link a thousand times while files are written into it", async () => {
    const { root } = scene.user;
    await scene.work("mkdir race; for i in $(seq 300); do echo evil > race/$i; done");
    const look = await scene.back.look(scene.backRequest({ workerId: "race" }), OPTIONS());
    const swapper = `cd '${root}'; for i in $(seq 1000); do mkdir -p race 2>/dev/null; mv -T race real 2>/dev/null && ln -s ../.ssh race; rm -f race; mv -T real race 2>/dev/null; done; rm -f race`;
    const outcome =
      await attack("a folder that is swapped for a link to ~/.ssh again and again during the writing", async () => {
        const swapping = new Promise((resolve) => setTimeout(resolve, 0)).then(() => runShell(swapper));
        await look.take({ allow: [], deletions: true, reviewed: true }, OPTIONS());
        await swapping;
        return "each file is in the folder or in conflict";
      }, ["race", "real"]);
    expect(outcome).toContain("conflict");
    await rm(join(root, "race"), { recursive: true, force: true });
    await rm(join(root, "real"), { recursive: true, force: true });
    await scene.reset();
  });

  it("a file that the user saves between the look and the writing stays the user's", async () => {
    await scene.work("echo worker > src/a.txt");
    const look = await scene.back.look(scene.backRequest({ workerId: "save" }), OPTIONS());
    await writeFile(join(scene.user.root, "src/a.txt"), "user\n");
    const { changes } = await look.take({ allow: [], deletions: true, reviewed: true }, OPTIONS());
    expect(changes).toMatchObject([{ path: "src/a.txt", status: "conflict", why: "changed_meanwhile" }]);
    expect(await readFile(join(scene.user.root, "src/a.txt"), "utf8")).toBe("user\n");
    await scene.reset();
  });
});

const OPTIONS = () => ({ signal: new AbortController().signal, timeoutMs: 60_000, report: () => {} });

function runShell(script: string): Promise<void> {
  return new Promise((resolve) => execFile("sh", ["-c", script], () => resolve()));
}

describe("the suite", () => {
  it("is at least sixty attacks, and docs/hostile.md says what came of each", async () => {
    expect(happened.length).toBeGreaterThanOrEqual(60);
    const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("`", "'").replaceAll("$(", "$ (");
    const rows = happened.map((row) => `| ${row.map(cell).join(" | ")} |`);
    const head = [
      "# What a hostile worker was tried to do",
      "",
      "Written by `test/hostile/sync-back.test.ts` (`npx vitest run --project hostile -u`). Each row is one run of the real code",
      "with real git: a worker sends this while `sync-back` runs with consent to everything. The surroundings are the",
      "repository with its `.git`, the user's home (with a key in `~/.ssh`) and another worker's quarantine, digested before and",
      "after: names, types, permission bits, contents, link targets. `taken` files are ordinary files under their own names.",
      "",
      "| what the worker tried | what happened | surroundings |",
      "| --- | --- | --- |",
    ];
    await expect(`${[...head, ...rows].join("\n")}\n`).toMatchFileSnapshot(TABLE);
  });
});
