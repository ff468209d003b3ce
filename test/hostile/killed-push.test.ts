import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CodeScene, INSTANCE, makeCodeScene, RULES } from "../support/code-scene.js";

/*
 * A push that dies (SIGKILL) at any call of git, on the host, in the worker or on both sides at once: whatever lies in the
 * worker then, the next push goes through, and nothing of the dead one is left.
 */

const FILES = 30;
let folder = "";
let program = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "limaform-push-child-"));
  program = join(folder, "child.mjs");
  const entry = fileURLToPath(new URL("../fixtures/push-child.ts", import.meta.url));
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await build({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile: program, banner });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const CRASH = fc.record({
  /** Which call of git, of both sides together; or the first one of that name. */
  at: fc.integer({ min: 1, max: 34 }) as fc.Arbitrary<number | "checkout">,
  how: fc.constantFrom("before", "during", "after"),
  dies: fc.constantFrom("host", "guest", "both"),
  isFirst: fc.boolean(),
  carries: fc.boolean(),
});
type Crash = typeof CRASH extends fc.Arbitrary<infer C> ? C : never;

/** The worker dies alone in its checkout, when the first file is written. */
const CHECKOUT = [true, false].map((isFirst): [Crash] => [
  { at: "checkout", how: "during", dies: "guest", isFirst, carries: false },
]);

describe("a push that is killed", () => {
  it("at any call of git leaves a worker that takes the next push, and nothing half-done", async () => {
    await fc.assert(
      fc.asyncProperty(CRASH, async (crash) => {
        const scene = await makeCodeScene(filesOf("old"));
        try {
          if (!crash.isFirst) await scene.push();
          for (const [path, text] of Object.entries(filesOf("new"))) await scene.user.write(path, text);
          await scene.user.write("added/x.txt", "added\n");
          await scene.user.git("rm", "-q", "-f", "f/1.txt");
          if (!crash.carries) await scene.user.commit("second");
          await killed(scene, crash);
          const { base } = await scene.push();
          await isWhole(scene, base);
        } finally {
          await scene.close();
        }
      }),
      { numRuns: 14, examples: CHECKOUT },
    );
  }, 300_000);

  it.each([
    ["a new file", "echo mine > project/mine.txt"],
    ["a changed file", "echo mine >> project/f/9.txt"],
    ["one file that is changed in place of the one that was being written", "echo mine > project/added/x.txt"],
  ])("in its checkout leaves what the worker did since as work: %s", async (_name, script) => {
    const scene = await makeCodeScene(filesOf("old"));
    try {
      await scene.push();
      for (const [path, text] of Object.entries(filesOf("new"))) await scene.user.write(path, text);
      await scene.user.write("added/x.txt", "added\n");
      await scene.user.commit("second");
      await killed(scene, { at: "checkout", how: "during", dies: "guest", isFirst: false, carries: false });
      await scene.guest.sh(script);
      await expect(scene.push()).rejects.toMatchObject({ code: "PUSH_HAS_WORK" });
      expect(
        await scene.guest.sh("cat project/mine.txt project/f/9.txt project/added/x.txt 2>/dev/null || true"),
      ).toContain("mine");
    } finally {
      await scene.close();
    }
  });
});

const filesOf = (word: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: FILES }, (_, at) => [`f/${at}.txt`, `${word} ${at}\n`.repeat(1_000)]));

async function isWhole({ guest, user, state }: CodeScene, base: string): Promise<void> {
  expect(await guest.git("project", "rev-parse", "HEAD", "refs/limaform/base")).toBe(`${base}\n${base}`);
  expect(await guest.git("project", "status", "--porcelain", "--untracked-files=all")).toBe("");
  expect(await guest.sh("cd project && ls f | wc -l && cat added/x.txt")).toBe(`${FILES - 1}\nadded`);
  expect(await guest.sh("cat project/f/7.txt")).toBe((await readFile(join(user.root, "f/7.txt"), "utf8")).trimEnd());
  await guest.git("project", "fsck", "--strict");
  expect(await guest.sh("find project/.git -name '*.lock' -o -name 'tmp_*'")).toBe("");
  expect((await readdir(join(state, "tmp"))).filter((name) => name !== "back")).toEqual([]);
}

/** Runs the child until its git has killed it, or it is through. */
async function killed(scene: CodeScene, { at, how, dies, carries }: Crash): Promise<void> {
  const bins = await mkdtemp(join(folder, "bins-"));
  const { head, branch, carried } = await scene.facts();
  const place = { instance: INSTANCE, guestPath: "~/project", overwrite: false, commit: head, branch };
  const request = { ...place, carried: carries ? { digest: carried.digest, rules: RULES } : null };
  const given = JSON.stringify({
    guestHome: scene.guest.home,
    root: scene.user.root,
    state: scene.state,
    request,
    bins,
  });
  for (const side of ["host", "guest"]) {
    await mkdir(join(bins, side));
    await writeFile(join(bins, side, "git"), gitThatKills({ bins, side, at, how, dies }));
    await chmod(join(bins, side, "git"), 0o755);
  }
  // No run is under way there.
  await writeFile(join(bins, "guest", "systemctl"), "#!/bin/sh\n", { mode: 0o755 });
  const child = spawn(process.execPath, [program, given], { stdio: ["ignore", "ignore", "ignore"], detached: true });
  await writeFile(join(bins, "host.pgid"), `${child.pid}`);
  await new Promise<void>((resolve) => child.on("exit", () => resolve()));
  // Where the host died alone, the worker's script goes on to its end.
  await scene.guest.sh(
    `[ ! -e ${bins}/groups ] || for g in $(cat ${bins}/groups); do while pgrep -r R,S,D -g $g >/dev/null; do sleep 0.05; done; done`,
  );
}

function gitThatKills({
  bins,
  side,
  at,
  how,
  dies,
}: Pick<Crash, "at" | "how" | "dies"> & { bins: string; side: string }) {
  const host = `kill -9 -"$(cat ${bins}/host.pgid)"`;
  // In the worker: its own group, of which this is one. While the host's git is at work nothing runs there.
  const guest = side === "guest" ? "kill -9 0" : ":";
  const end = dies === "host" ? host : dies === "guest" ? guest : `${host}; ${guest}`;
  // A worker that dies alone does so in a call of its own.
  if (side === "host" && dies === "guest") return '#!/bin/sh\nPATH=/usr/local/bin:/usr/bin:/bin exec git "$@"\n';
  return `#!/bin/bash
echo >> ${bins}/count
real() { PATH=/usr/local/bin:/usr/bin:/bin git "$@"; }
${at === "checkout" ? 'case " $* " in *" checkout "*) ;; *) false ;; esac' : `[ "$(wc -l < ${bins}/count)" = ${at} ]`} || { real "$@"; exit; }
case ${how} in
  before) ${end} ;;
  during) real "$@" <&0 & until [ -e added/x.txt ] || ! kill -0 $! 2>/dev/null; do :; done; ${end}; wait ;;
  after) real "$@"; s=$?; ${end}; exit $s ;;
esac
`;
}
