import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { copyIn } from "../../src/adapters/git/copy-in.js";
import { copyOut } from "../../src/adapters/git/copy-out.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";

describe("cp", () => {
  let scene: CodeScene;
  let host: string;
  beforeEach(async () => {
    scene = await makeCodeScene();
    host = await mkdtemp(join(tmpdir(), "limaform-cp-"));
  });
  afterEach(async () => {
    await scene.close();
    await rm(host, { recursive: true, force: true });
  });
  const parts = () => ({ ...scene, env: { PATH: process.env.PATH ?? "" }, clock: { randomHex: () => "abcd1234" } });
  const out = (sources: readonly string[], target = host, into = false) =>
    copyOut(parts(), { instance: INSTANCE, sources, target, into }, options());
  const into = (sources: readonly string[], target: string, isFolder = false) =>
    copyIn(parts(), { instance: INSTANCE, sources, target, into: isFolder }, options());
  const listing = (folder: string) =>
    execFileSync("sh", ["-c", "find . -mindepth 1 -printf '%y %m %P %l\\n' | sort"], { cwd: folder, encoding: "utf8" });

  it("brings files and folders in, with plain modes and links as links", async () => {
    await mkdir(join(host, "d/e"), { recursive: true });
    await writeFile(join(host, "d/e/x"), "x", { mode: 0o600 });
    await writeFile(join(host, "d/run"), "r", { mode: 0o4777 });
    await symlink("run", join(host, "d/link"));
    await writeFile(join(host, "-odd name"), "odd");
    expect(await into([join(host, "d"), join(host, "-odd name")], "~/in", true)).toMatchObject({ files: 4 });
    expect(listing(join(scene.guest.home, "in"))).toBe(
      "d 755 d \nd 755 d/e \nf 644 -odd name \nf 644 d/e/x \nf 755 d/run \nl 777 d/link run\n",
    );
    await into([join(host, "-odd name")], "in/renamed");
    expect(await scene.guest.sh("cat in/renamed; ls -A in")).toBe("odd-odd name\nd\nrenamed");
    await into([join(host, "-odd name")], "in/d");
    expect(await scene.guest.sh("cat 'in/d/-odd name'")).toBe("odd");
    await expect(into([join(host, "nowhere")], "in")).rejects.toMatchObject({ code: "COPY_NOT_FOUND" });
  });

  it("brings files and folders out: whole, with plain modes, replacing files and never writing through a link", async () => {
    await scene.guest.sh(
      "mkdir -p r/s; printf 1 > r/one; printf 2 > r/s/two; chmod 777 r/s/two; chmod 600 r/one; ln -s one r/l; mkfifo r/pipe; git init -q r",
    );
    expect(await out(["r"])).toEqual({ files: 3, bytes: 2, notes: ["1 devices, sockets or pipes stay in the worker"] });
    expect(listing(join(host, "r")).replaceAll(/^d .*\n/gmu, "")).toBe("f 644 one \nf 755 s/two \nl 777 l one\n");
    await out(["~/r/one"], join(host, "new/name"));
    expect(await readFile(join(host, "new/name"), "utf8")).toBe("1");
    await writeFile(join(host, "victim"), "safe");
    await rm(join(host, "r/one"));
    await symlink("../victim", join(host, "r/one"));
    await scene.guest.sh("printf 3 > r/one");
    await out(["r"]);
    expect(await readFile(join(host, "victim"), "utf8")).toBe("safe");
    expect(await readFile(join(host, "r/one"), "utf8")).toBe("3");
    await rm(join(host, "r/s"), { recursive: true });
    await mkdir(join(host, "elsewhere"));
    await symlink("../elsewhere", join(host, "r/s"));
    await expect(out(["r"])).rejects.toMatchObject({ code: "COPY_IN_THE_WAY" });
    expect(listing(join(host, "elsewhere"))).toBe("");
    expect(await readlink(join(host, "r/s"))).toBe("../elsewhere");
    expect(await scene.guest.sh("ls -A .limaform 2>/dev/null")).toBe("");
  });

  it("goes by the user's own links to a folder of the host, and says what is in the way of one", async () => {
    await scene.guest.sh("printf 1 > one");
    await mkdir(join(host, "real"));
    await symlink("real", join(host, "way"));
    await out(["one"], join(host, "way"), true);
    await out(["one"], join(host, "way/two"));
    expect(listing(join(host, "real"))).toBe("f 644 one \nf 644 two \n");
    const inTheWay = { code: "COPY_IN_THE_WAY", hint: expect.stringContaining("ls -la") };
    await expect(out(["one"], join(host, "real/one/x"), true)).rejects.toMatchObject(inTheWay);
    await expect(out(["one"], join(host, "real/one/x"))).rejects.toMatchObject(inTheWay);
  });

  it("brings a name out that looks like an option, a pattern or a script, and nothing of a file without end", async () => {
    await scene.guest.sh(
      "for f in -rf '*' 'a b' '$(id)' \"it's\" '&|'; do mkdir ./\"$f\"; printf x > ./\"$f\"/x; done; printf y > y",
    );
    for (const name of ["-rf", "*", "a b", "$(id)", "it's", "&|"])
      expect(await out([name])).toMatchObject({ files: 1, bytes: 1 });
    expect(listing(host).match(/^f .*$/gmu)).toHaveLength(6);
    await scene.guest.sh("truncate -s 1T huge");
    await expect(out(["huge"])).rejects.toMatchObject({ code: "COPY_FAILED", details: { word: "large" } });
  });

  it.each([
    ["a link that leads out", "ln -s /etc/passwd r/out"],
    ["a link that climbs", "ln -s ../../../x r/up"],
    ["a name of git's in another spelling", "mkdir r/.GIT; printf x > r/.GIT/config"],
    ["a name with a control character", "printf x > \"$(printf 'r/a\\033b')\""],
    ["a name with a newline that is asked for by it", "rm -r r; printf x > \"$(printf 'a\\nb')\"", "a\nb"],
    ["names that differ by case alone", "printf x > r/A; printf x > r/a"],
  ])("refuses %s and writes nothing", async (_name, script, source = "r") => {
    await scene.guest.sh(`mkdir r; printf fine > r/fine; ${script}`);
    await expect(out([source])).rejects.toMatchObject({
      code: expect.stringMatching(/^(REVIEW_(REFUSED|OBJECTS_REFUSED)|COPY_FAILED)$/u),
    });
    expect(listing(host)).toBe("");
  });

  it("believes nothing that a lying worker says about sizes and commits", async () => {
    await scene.guest.sh("printf x > f");
    const answer = scene.guest.exec;
    for (const lie of [/pack \d+/u, /tip \S+/u] as const) {
      scene.guest.exec = async (...args) => {
        const result = await answer(...args);
        const said = lie.source.startsWith("tip") ? `tip ${"a".repeat(40)}` : "pack 999999999999";
        return { ...result, stdout: result.stdout.replace(lie, said) };
      };
      await expect(out(["f"])).rejects.toMatchObject({ code: expect.stringMatching(/^REVIEW_|REPO_/u) });
    }
    scene.guest.exec = answer;
    expect(listing(host)).toBe("");
    await expect(out(["nowhere"])).rejects.toMatchObject({ code: "COPY_NOT_FOUND" });
    expect((await stat(host)).isDirectory()).toBe(true);
  });
});
