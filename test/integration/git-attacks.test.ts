import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COLLECT_SCRIPT, READ_PACK_SCRIPT } from "../../src/adapters/git/collect-script.js";
import { createResultStore } from "../../src/adapters/git/results.js";
import type { Guest } from "../../src/ports/guest.js";
import { BROKEN_OBJECTS, BROKEN_RULES, type Build, buildAttack, file, named } from "../support/attacks.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";
import { deltaBomb } from "../support/hostile-objects.js";

/*
 * A worker that says whatever it likes: its objects are forged byte by byte, and its answers do not come from our
 * scripts. Nothing of it may become a branch, and what git itself refuses may not even stay in quarantine.
 */

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
    const attack = await buildAttack(gitDir, build, base);
    const { pack } = attack;
    const guest: Guest = {
      ...scene.guest,
      async exec(instance, command, call) {
        const reply = (stdout: string) => ({ exitCode: 0, stdout, stderr: "", isCut: false });
        if (command.argv[2] === COLLECT_SCRIPT) {
          return reply(`tip ${attack.tip}\npartial no\npack ${attack.announced}\nend\n`);
        }
        if (command.argv[2] === READ_PACK_SCRIPT) {
          const [offset, length] = command.argv.slice(-3, -1).map(Number);
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
      isFolder: false,
      isRepository: true,
    };
    const id = `${run}/1`;
    return {
      id,
      collected: results.collect(request, options()),
      accept: (keepCommits: boolean) =>
        results.accept({ id, root: scene.user.root, isRepository: true, keepCommits, allow: [] }, options()),
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
    const more = { root: scene.user.root, base: base.commit, specFiles: [], isFolder: false, isRepository: true };
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
