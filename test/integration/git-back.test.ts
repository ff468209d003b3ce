import { execFileSync } from "node:child_process";
import { chmod, lstat, mkdir, readFile, readlink, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withStaging } from "../../src/adapters/git/back-stage.js";
import type { BackOffer } from "../../src/ports/back.js";
import { type CodeScene, makeCodeScene, options } from "../support/code-scene.js";

let scene: CodeScene;
const work = (script: string) => scene.guest.sh(`cd project && ${script}`);
const host = (path: string) => readFile(join(scene.user.root, path), "utf8");
const isThere = (path: string) =>
  lstat(join(scene.user.root, path)).then(
    () => true,
    () => false,
  );
const told = ({ changes }: BackOffer) =>
  changes.map(({ path, status, why }) => `${path} ${status}${why === "" ? "" : ` (${why})`}`);

beforeEach(async () => {
  scene = await makeCodeScene({ "src/a.txt": "one\ntwo\n", "src/b.txt": "b\n", "doc/c.txt": "c\n" });
  await scene.push();
});
afterEach(() => scene.close());

describe("sync-back", () => {
  it("brings changed, new and committed files back, with exec bit only on word, and says nothing twice", async () => {
    await work(
      "echo three >> src/a.txt; mkdir -p new/deep; echo x > new/deep/f.txt; git add -A; git commit -qm x; echo y > y",
    );
    expect(told(await scene.pull())).toEqual(["new/deep/f.txt taken", "src/a.txt taken", "y taken"]);
    expect(await host("src/a.txt")).toBe("one\ntwo\nthree\n");
    expect(await host("new/deep/f.txt")).toBe("x\n");
    const again = await scene.pull();
    expect(again).toMatchObject({ changes: [], isUnchanged: true });
    expect(await scene.user.git("status", "--porcelain")).toBe(" M src/a.txt\n?? new/\n?? y");
  });

  it("keeps both sides where the host changed a file too, and takes the rest", async () => {
    await work("echo worker > src/a.txt; echo worker > src/b.txt; echo n > n");
    await scene.user.write("src/a.txt", "host\n");
    await scene.user.write("n", "host\n");
    expect(told(await scene.pull())).toEqual([
      "n conflict (made_on_host)",
      "src/a.txt conflict (changed_on_host)",
      "src/b.txt taken",
    ]);
    expect(await host("src/a.txt")).toBe("host\n");
    const { changes, quarantine } = await scene.pull();
    expect(changes.map(({ path, status }) => [path, status])).toEqual([
      ["n", "conflict"],
      ["src/a.txt", "conflict"],
    ]);
    const kept = await scene.git.neutral(quarantine, ["cat-file", "blob", changes[1]?.object ?? ""], {
      signal: new AbortController().signal,
      timeoutMs: 10_000,
    });
    expect(kept.stdout).toBe("worker\n");
  });

  it("deletes only with consent, and never what changed on the host", async () => {
    await work("rm src/a.txt doc/c.txt");
    await scene.user.write("src/a.txt", "host\n");
    expect(told(await scene.pull())).toEqual(["doc/c.txt waits (delete)", "src/a.txt conflict (changed_on_host)"]);
    expect(await isThere("doc/c.txt")).toBe(true);
    expect(told(await scene.pull({}, { deletions: true }))).toEqual([
      "doc/c.txt taken",
      "src/a.txt conflict (changed_on_host)",
    ]);
    expect(await isThere("doc")).toBe(false);
    expect(await host("src/a.txt")).toBe("host\n");
  });

  it("lets flagged files wait, takes them by name, and the spec only after review", async () => {
    await work("echo 'all:' > Makefile; echo x > limaform.toml; printf '#!/bin/sh\\n' > run; chmod +x run");
    expect(told(await scene.pull())).toEqual([
      "Makefile waits (review)",
      "limaform.toml waits (review)",
      "run waits (review)",
    ]);
    expect(told(await scene.pull({}, { allow: ["build", "modes", "spec"] }))).toEqual([
      "Makefile taken",
      "limaform.toml waits (review)",
      "run taken",
    ]);
    expect((await lstat(join(scene.user.root, "run"))).mode & 0o777).toBe(0o755);
    expect(told(await scene.pull({}, { reviewed: true }))).toEqual(["limaform.toml taken"]);
  });

  it("writes through no link of the host, and keeps the host's own permission bits", async () => {
    await chmod(join(scene.user.root, "src/b.txt"), 0o600);
    await mkdir(join(scene.user.root, "../outside"));
    await symlink("../outside", join(scene.user.root, "lib"));
    await work("echo new > src/b.txt; mkdir lib; echo x > lib/x");
    expect(told(await scene.pull())).toEqual(["lib/x conflict (link_in_the_way)", "src/b.txt taken"]);
    expect((await lstat(join(scene.user.root, "src/b.txt"))).mode & 0o777).toBe(0o600);
    expect(await isThere("../outside/x")).toBe(false);
  });

  it.runIf(process.platform === "linux")(
    "stages beside the files where no other place can be written, and says so where that cannot be either",
    async () => {
      // Nobody makes folders there, not even root.
      const places = ["/sys/limaform/back"];
      const used = await withStaging({ root: scene.user.root, places }, async (folder) => folder);
      expect(used.startsWith(join(scene.user.root, ".limaform-"))).toBe(true);
      await expect(withStaging({ root: "/sys", places: [] }, async () => "")).rejects.toMatchObject({
        code: expect.stringMatching(/^STORE_/u),
        message: expect.stringContaining("cannot write in /sys"),
      });
    },
  );

  it("takes paths for names and not for patterns, options or scripts", async () => {
    const names = ["a b/c d", ":(top)*", "-rf"];
    for (const name of names) await work(`mkdir -p ./"$(dirname -- '${name}')" && echo x > './${name}'`);
    for (const name of names) expect(told(await scene.pull({ paths: [name] }))).toEqual([`${name} taken`]);
  });

  it("keeps what became of another sort on the host after it was looked at", async () => {
    await work("for f in src/a.txt src/b.txt doc/c.txt README.md; do echo worker > $f; done");
    const look = await scene.back.look(scene.backRequest(), options());
    const { root } = scene.user;
    const now =
      "rm src/a.txt README.md; mkdir src/a.txt; echo mine > src/a.txt/x; mkfifo README.md; rm -r doc; echo mine > doc";
    execFileSync("sh", ["-c", now], { cwd: root });
    const offer = await look.take({ allow: [], deletions: true, reviewed: true }, options());
    expect(told(offer)).toEqual([
      "README.md conflict (changed_meanwhile)",
      "doc/c.txt conflict (file_in_the_way)",
      "src/a.txt conflict (changed_meanwhile)",
      "src/b.txt taken",
    ]);
    expect([await host("src/a.txt/x"), await host("doc")]).toEqual(["mine\n", "mine\n"]);
    expect((await lstat(join(root, "README.md"))).isFIFO()).toBe(true);
  });

  it("makes a file of a folder and a folder of a file once deletions are agreed to", async () => {
    await work("rm -r doc; echo now > doc; rm src/b.txt; mkdir src/b.txt; echo in > src/b.txt/in");
    expect(told(await scene.pull()).sort()).toEqual([
      "doc waits (delete)",
      "doc/c.txt waits (delete)",
      "src/b.txt waits (delete)",
      "src/b.txt/in waits (delete)",
    ]);
    await scene.pull({}, { deletions: true });
    expect(await host("doc")).toBe("now\n");
    expect(await host("src/b.txt/in")).toBe("in\n");
  });

  it("takes links once they were reviewed", async () => {
    await work("ln -s a.txt src/link; ln -s /etc/passwd src/evil");
    expect(told(await scene.pull({}, { reviewed: true }))).toEqual([
      "src/evil refused (link_absolute)",
      "src/link taken",
    ]);
    expect(await readlink(join(scene.user.root, "src/link"))).toBe("a.txt");
  });

  it("takes only the named paths, and the rest later", async () => {
    await work("echo 1 > src/a.txt; echo 2 > doc/c.txt; echo l > x.log; mkdir node_modules; echo m > node_modules/m");
    expect(told(await scene.pull({ paths: ["doc"] }))).toEqual(["doc/c.txt taken"]);
    expect(told(await scene.pull())).toEqual(["src/a.txt taken"]);
  });

  it("stops before anything where a whole tree vanished", async () => {
    await work("git rm -rqf . && rm -rf src doc");
    const offer = await scene.pull({}, { deletions: true });
    expect(offer.halted).toEqual(["the worker's folder is empty, where 4 files were"]);
    expect(await isThere("src/a.txt")).toBe(true);
  });

  it("derives nothing from a worker that was made anew", async () => {
    await work("echo 1 > src/a.txt; rm doc/c.txt");
    await scene.pull();
    expect(told(await scene.pull({ workerId: "other", pushBase: null }, { deletions: true }))).toEqual(
      expect.not.arrayContaining([expect.stringContaining("doc/c.txt")]),
    );
    expect(await isThere("doc/c.txt")).toBe(true);
  });

  it("brings a folder back that is no repository on either side", async () => {
    await work("rm -rf .git; echo 1 > new.txt");
    await writeFile(join(scene.user.root, "../plain.txt"), "");
    const root = join(scene.user.root, "../plain");
    await mkdir(root);
    const more = { root, isRepository: false, pushBase: null };
    expect(told(await scene.pull(more))).toContain("new.txt taken");
    expect(await readFile(join(root, "src/a.txt"), "utf8")).toBe("one\ntwo\n");
    await work("echo 2 > new.txt");
    expect(told(await scene.pull(more))).toEqual(["new.txt taken"]);
    expect(await lstat(join(scene.guest.home, "project/.git")).catch(() => null)).toBe(null);
  });
});
