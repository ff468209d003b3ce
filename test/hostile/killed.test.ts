import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene } from "../support/code-scene.js";

/*
 * A pull that is killed outright (SIGKILL) in each of its stages: every file of the host is the old or the new one, whole;
 * nothing else lies in the repository; the next pull brings the rest, and what was staged is gone.
 */

const FILES = 120;
const OLD = "old\n".repeat(2_000);
const NEW = "new\n".repeat(3_000);
/** For crashes at chosen calls: a pull of so few makes about so many calls. */
const FEW = 12;
const CALLS = 241;
const DIE_AT_CALL = fileURLToPath(new URL("../fixtures/die-at-call.mjs", import.meta.url));
let program = "";
let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "limaform-back-child-"));
  program = join(folder, "child.mjs");
  const entry = fileURLToPath(new URL("../fixtures/back-child.ts", import.meta.url));
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile: program, banner });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a pull that is killed", () => {
  it.each([
    ["before the worker answers", "began", 0],
    ["while the worker reads its files", "began", 120],
    ["while it is fetched", "began", 300],
    ["while it is reviewed", "began", 450],
    ["when the writing begins", "looked", 0],
    ["while it is staged", "looked", 30],
    ["in the middle of the writing", "looked", 80],
    ["near the end of the writing", "looked", 160],
    ["when both sides are noted", "looked", 260],
  ])("%s leaves whole files, and the next one brings the rest", (_name, word, afterMs) =>
    expectWhole(FILES, (scene) => killed(scene, word, afterMs)),
  );

  it("at any call of the file system, or any start of a child, does so too", async () => {
    const crash = fc.record({ at: fc.integer({ min: 1, max: CALLS }), how: fc.constantFrom("before", "after") });
    await fc.assert(
      fc.asyncProperty(crash, (point) => expectWhole(FEW, (scene) => diesAt(scene, point))),
      // The first and the last of them.
      { numRuns: 10, examples: [[{ at: 1, how: "before" }], [{ at: CALLS, how: "after" }]] },
    );
  }, 300_000);
});

/** One pull is cut off by `cut`; then every file is whole, nothing else lies there, and the next pull brings the rest. */
async function expectWhole(files: number, cut: (scene: CodeScene) => Promise<void>): Promise<void> {
  const names = Array.from({ length: files }, (_, index) => `f/${index}.txt`);
  const scene = await makeCodeScene(Object.fromEntries(names.map((name) => [name, OLD])));
  try {
    await scene.push();
    for (const name of names) await writeFile(join(scene.guest.home, "project", name), NEW);
    await scene.guest.sh("cd project && rm README.md && mkdir g && echo added > g/added.txt");
    await cut(scene);
    const { root } = scene.user;
    for (const name of names) expect([OLD, NEW]).toContain(await readFile(join(root, name), "utf8"));
    const listed = (await readdir(root, { recursive: true })).filter((name) => !name.startsWith(".git/"));
    const known = new Set([...names, "f", "g", "g/added.txt", "README.md", ".git"]);
    expect(listed.filter((name) => !known.has(name))).toEqual([]);

    await scene.pull({}, { reviewed: true });
    for (const name of names) expect(await readFile(join(root, name), "utf8")).toBe(NEW);
    expect(await readFile(join(root, "g/added.txt"), "utf8")).toBe("added\n");
    expect(await readdir(root)).not.toContain("README.md");
    expect((await readdir(join(scene.state, "tmp"))).filter((name) => name !== "back")).toEqual([]);
    expect(await readdir(join(scene.state, "tmp/back")).catch(() => [])).toEqual([]);
    expect(await scene.pull()).toMatchObject({ changes: [] });
  } finally {
    await scene.close();
  }
}

const argumentsOf = (scene: CodeScene) => [
  program,
  JSON.stringify({
    ...{ guestHome: scene.guest.home, root: scene.user.root, state: scene.state, request: scene.backRequest() },
  }),
];

/** Runs the child, which kills itself at that call. */
function diesAt(scene: CodeScene, { at, how }: { readonly at: number; readonly how: string }): Promise<void> {
  const env = { ...process.env, LF_DIE_AT: String(at), LF_DIE_HOW: how };
  const child = spawn(process.execPath, ["--import", DIE_AT_CALL, ...argumentsOf(scene)], {
    stdio: "ignore",
    env,
  });
  return new Promise((resolve) => child.on("close", () => resolve()));
}

/** Runs the child and kills it so long after it said the word. */
function killed(scene: CodeScene, word: string, afterMs: number): Promise<void> {
  const child = spawn(process.execPath, argumentsOf(scene), { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    if (said.includes(`${word}\n`)) setTimeout(() => child.kill("SIGKILL"), afterMs);
  });
  return ended;
}
