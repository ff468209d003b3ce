import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import { HOOK_LIMIT_MS, makeFolderWorld, type ProgramWorld } from "../support/program.js";

/* Results of runs where no git is on the host's side: collected, shown, accepted as files, discarded. */

const LIMIT_MS = 180_000;

describe("results in files mode", () => {
  let world: ProgramWorld;
  const read = (path: string) =>
    existsSync(join(world.root, path)) ? readFileSync(join(world.root, path), "utf8") : null;
  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);
  const results = async () => (await world.json<ResultsDocument>(0, "results", "list")).results;
  /** Of two that began in one second none is the newer. */
  const resultOf = async (id: string) => (await results()).find((result) => result.id === id);
  /** Runs a script as a run, and gives its result's id. */
  const run = async (script: string, ...more: readonly string[]): Promise<string> => {
    const text = await world.expect(0, "run", "--workers", "1", "--json", ...more, "--", "sh", "-c", script);
    return (JSON.parse(text) as RunDocument).workers[0]?.result ?? "";
  };

  beforeAll(async () => {
    world = makeFolderWorld({ "src/a.txt": "a\n", "src/b.txt": "b\n", "old.txt": "old\n" });
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it(
    "are collected against what was brought, and accepted as files, deletions with consent alone",
    async () => {
      const id = await run("echo more >> src/a.txt; rm old.txt; mkdir new; echo n > new/file");
      expect(await results()).toMatchObject([{ id, files: 3, commits: 1, flagged: [], accepted: null, refused: null }]);
      expect(await world.expect(0, "results", "diff", id)).toContain("+more");
      expect(await world.expect(0, "results", "show", id)).toContain("src/a.txt");
      expect(read("src/a.txt")).toBe("a\n");
      const refused = await world.json<ErrorDocument>(1, "results", "accept", id);
      expect(refused).toMatchObject({ code: "REVIEW_DELETES", details: { paths: ["old.txt"] } });
      expect(refused.hint).toContain("--allow deletions");
      expect([read("src/a.txt"), read("old.txt"), read("new/file")]).toEqual(["a\n", "old\n", null]);
      expect(await world.expect(0, "results", "accept", id, "--allow", "deletions")).toContain("3 files written");
      expect([read("src/a.txt"), read("old.txt"), read("new/file")]).toEqual(["a\nmore\n", null, "n\n"]);
      expect(await world.expect(0, "results", "accept", id)).toContain("written");
      expect(await world.expect(0, "results", "list")).toContain("accepted, files written");
    },
    LIMIT_MS,
  );

  it(
    "are written whole or not at all where the host changed a file too, and flagged ones by name alone",
    async () => {
      const id = await run("echo worker >> src/b.txt; echo all: > Makefile; echo x > free.txt", "--continue");
      expect((await world.json<ErrorDocument>(1, "results", "accept", id)).code).toBe("REVIEW_FLAGGED");
      world.write("src/b.txt", "host\n");
      const refused = await world.json<ErrorDocument>(1, "results", "accept", id, "--allow", "build");
      expect(refused).toMatchObject({ code: "REVIEW_CONFLICT", details: { paths: ["src/b.txt"] } });
      expect([read("src/b.txt"), read("Makefile"), read("free.txt")]).toEqual(["host\n", null, null]);
      world.write("src/b.txt", "b\n");
      await world.expect(0, "results", "accept", id, "--allow", "build");
      expect([read("src/b.txt"), read("Makefile"), read("free.txt")]).toEqual(["b\nworker\n", "all:\n", "x\n"]);
      expect((await world.json<ErrorDocument>(1, "results", "accept", id, "--keep-commits")).code).toBe(
        "REVIEW_KEEP_COMMITS",
      );
    },
    LIMIT_MS,
  );

  it(
    "are the files alone where somebody made repositories in the folder; those are saved with the worker",
    async () => {
      const COMMIT = "git -c user.name=a -c user.email=a@example.org commit -q -m mine";
      const empty = await run("git init -q empty; echo e > empty/e; echo 1 > 1.txt", "--continue");
      expect(await resultOf(empty)).toMatchObject({ refused: null });
      const id = await run(`git init -q; echo 2 > 2.txt; git add 2.txt; ${COMMIT}; echo 3 > 3.txt`, "--continue");
      expect(await resultOf(id)).toMatchObject({ commits: 1, refused: null });
      expect(await world.expect(0, "results", "list")).not.toContain("incomplete");
      const status = await world.expect(0, "status");
      expect(status).toContain("1 commit not here");
      expect(status).not.toContain("uncollected");
      await world.expect(0, "results", "accept", id, "--allow", "build");
      expect([read("1.txt"), read("2.txt"), read("3.txt"), read("empty/e")]).toEqual(["1\n", "2\n", "3\n", null]);
      expect((await world.run(["sync"])).stdout).toContain("limaform apply --replace");
      await world.expect(0, "apply", "--yes", "--replace", "worker.default[1]");
      const [save] = (await world.json<ResultsDocument>(0, "results", "list")).saves;
      const refs = save?.refs.map(({ ref }) => ref) ?? [];
      expect(save?.refs.map(({ name }) => name)).toContain("empty: files");
      const shown = await world.json<{ repository: string }>(0, "results", "show", save?.id ?? "");
      const saved = (...args: readonly string[]) =>
        execFileSync("git", ["--git-dir", shown.repository, ...args], { encoding: "utf8" });
      expect(saved("log", "--format=%s", ...refs)).toContain("mine");
    },
    LIMIT_MS,
  );

  it(
    "are discarded; the worker's own files stay",
    async () => {
      const before = (await results()).length;
      const id = await run("echo gone > gone.txt", "--continue");
      expect(await results()).toHaveLength(before + 1);
      await world.expect(0, "results", "discard", id);
      expect(await results()).toHaveLength(before);
      expect(read("gone.txt")).toBeNull();
      expect(await inside("cat gone.txt")).toBe("gone\n");
    },
    LIMIT_MS,
  );
});
