import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type CodeScene, makeCodeScene, options } from "../support/code-scene.js";
import { runsOf } from "../support/property-runs.js";

/*
 * Law: whatever both sides do to their files and wherever a pull is cut off, no version that either side ever had at a
 * pull is lost: it is a file of the host, or an object that a ref of the quarantine or of the repository reaches.
 */

const PATHS = ["a", "b", "d/x", "d/y", "README.md"] as const;
type Side = "host" | "worker";
type Step =
  | { readonly do: "write"; readonly side: Side; readonly path: string; readonly text: string }
  | { readonly do: "clash"; readonly path: string; readonly texts: readonly [string, string] }
  | { readonly do: "delete"; readonly side: Side; readonly path: string }
  | { readonly do: "pull"; readonly deletions: boolean; readonly cutAfter: number | null };

// Mostly a content that is nowhere else, so that another copy does not hide a loss; sometimes the same on both sides.
const text = fc
  .oneof({ weight: 4, arbitrary: fc.integer({ min: 100, max: 99_999 }) }, fc.integer({ min: 0, max: 1 }))
  .map((n) => `version ${n}\n`);
const side = fc.constantFrom<Side>("host", "worker");
const path = fc.constantFrom(...PATHS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant("write" as const), side, path, text }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete" as const), side, path }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("clash" as const), path, texts: fc.tuple(text, text) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("pull" as const),
      deletions: fc.boolean(),
      cutAfter: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null, freq: 2 }),
    }),
  },
);

describe("versions of files", () => {
  it.each(runsOf(6))(
    "of either side are never lost, however pulls are cut off ($title)",
    async ({ seed, numRuns }) => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
          const scene = await makeCodeScene({ a: "version 0\n", "d/x": "version 1\n" });
          try {
            await scene.push();
            for (const each of steps) await perform(scene, each);
            // What a cut-off pull left is taken up by the next, and nothing of it stays.
            await pull(scene, { do: "pull", deletions: false, cutAfter: null });
            expect((await readdir(join(scene.state, "tmp"))).filter((name) => name !== "back")).toEqual([]);
            expect(await readdir(join(scene.state, "tmp/back")).catch(() => [])).toEqual([]);
          } finally {
            await scene.close();
          }
        }),
        { seed, numRuns, endOnFailure: true },
      );
    },
    240_000,
  );
});

async function perform(scene: CodeScene, each: Step): Promise<void> {
  if (each.do === "pull") return pull(scene, each);
  if (each.do === "clash") {
    const [host, worker] = each.texts;
    await perform(scene, { do: "write", side: "host", path: each.path, text: host });
    return perform(scene, { do: "write", side: "worker", path: each.path, text: worker });
  }
  const place = join(each.side === "host" ? scene.user.root : join(scene.guest.home, "project"), each.path);
  if (each.do === "delete") return rm(place, { force: true });
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, each.text);
}

async function pull(scene: CodeScene, { deletions, cutAfter }: Extract<Step, { do: "pull" }>): Promise<void> {
  const before = await versionsOf(scene.user.root);
  const worker = await versionsOf(join(scene.guest.home, "project"));
  const stop = new AbortController();
  let polls = 0;
  // The signal is asked before each file: so the cut comes between any two of them, and in any stage before.
  const signal = new Proxy(stop.signal, {
    get(target, name) {
      if (name === "throwIfAborted" || name === "aborted") {
        polls += 1;
        if (cutAfter !== null && polls > cutAfter) stop.abort(new Error("cut off"));
      }
      const value = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  let isComplete = false;
  try {
    const look = await scene.back.look(scene.backRequest(), { ...options(), signal: stop.signal });
    const consent = { allow: [], deletions, reviewed: false };
    await look.take(consent, { signal, timeoutMs: 60_000 });
    isComplete = true;
  } catch (error) {
    if (!(error instanceof Error) || error.message !== "cut off") throw error;
  }
  const after = await versionsOf(scene.user.root);
  const kept = await keptBlobs(scene);
  for (const [name, content] of before) {
    if (after.get(name) === content) continue;
    // Overwritten or deleted: only what both sides had, and that is kept.
    expect(kept.has(content), `the host's ${name} "${content.trim()}"`).toBe(true);
    expect([worker.get(name), deletions ? undefined : "never"]).toContain(after.get(name));
  }
  for (const [name, content] of after) expect([before.get(name), worker.get(name)]).toContain(content);
  if (isComplete) for (const content of worker.values()) expect(kept.has(content)).toBe(true);
}

async function versionsOf(root: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const name of PATHS) {
    const file = join(root, name);
    const stats = await lstat(file).catch(() => null);
    if (stats?.isFile()) found.set(name, await readFile(file, "utf8"));
  }
  return found;
}

/** Contents that a ref of the quarantine or of the user's repository reaches. */
async function keptBlobs(scene: CodeScene): Promise<ReadonlySet<string>> {
  const gitDir = scene.quarantines.path("my-app-worker-1");
  const lists = [
    (await scene.git.neutral(gitDir, ["rev-list", "--objects", "--no-object-names", "--all"], options())).stdout,
    await scene.user.git("rev-list", "--objects", "--no-object-names", "--all"),
  ];
  const stdin = lists.join("\n");
  const read = await scene.git.neutral(gitDir, ["cat-file", "--batch"], { ...options(), stdin });
  return new Set([...read.stdout.matchAll(/version \d+\n|# project\n/gu)].map(([content]) => content));
}
