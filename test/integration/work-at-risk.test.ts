import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ResultsDocument, SaveDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld, worker } from "../support/program.js";

/* What the built program does with work that only a worker has. */

const ADDRESS = "worker.default[1]";
let world: ProgramWorld;

beforeAll(async () => {
  world = makeProgramWorld("workers = 1\n");
  await world.apply();
  world.limactl("stop", worker(1));
  world.save();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());
beforeEach(async () => {
  world.restore();
  // Nothing ran while it was saved.
  await world.apply();
});

const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);
const makeWork = () =>
  inside(
    "printf 'one\\r\\n' > new.txt; printf '#!/bin/sh\\n' > run.sh; chmod +x run.sh; ln -s new.txt link; git checkout -q -b side; git -c user.name=a -c user.email=a@b commit -q --allow-empty -m agent",
  );
const risksOf = (plan: Plan) =>
  plan.changes
    .filter(({ address }) => address === ADDRESS)
    .flatMap(({ atRisk }) => atRisk.map(({ kind, saved }) => [kind, saved]));
const savesOf = async () => (await world.json<ResultsDocument>(0, "results", "list")).saves;

describe("work that only a worker has", () => {
  it("is saved before a forced replace, is shown, outlives the fleet, and comes back identical", async () => {
    await makeWork();
    const plan = await world.json<Plan>(0, "plan", "--replace", ADDRESS);
    expect(risksOf(plan)).toEqual([
      ["untracked", true],
      ["commits", true],
    ]);
    const ids = plan.steps.map(({ id }) => id);
    expect(ids.indexOf(`save:${ADDRESS}`)).toBeLessThan(ids.indexOf(`delete:${ADDRESS}`));
    expect(await world.expect(0, "plan", "--replace", ADDRESS)).toMatch(
      /at risk: 3 untracked files \(.*\), 1 commit not on this host → saved first/,
    );
    await world.expect(0, "apply", "--replace", ADDRESS, "--yes");
    expect(await savesOf()).toMatchObject([{ id: "save/1", instance: worker(1), why: "replace", archive: null }]);
    const shown = await world.json<SaveDocument>(0, "results", "show", "save/1");
    expect(shown).toMatchObject({ format: "limaform.save", flagged: ["symlinks", "modes"], refused: null });
    const destroyed = await world.json<ApplyDocument>(0, "destroy", "--yes");
    expect(destroyed.kept).toEqual(["save/1"]);
    expect(await world.expect(1, "results", "accept", "save/1")).toBe("");
    await world.expect(0, "results", "accept", "save/1", "--allow", "symlinks,modes");
    expect(world.git("ls-tree", "-r", "limaform/save/1")).toMatch(
      /120000 blob \w+\tlink\n100644 blob \w+\tnew.txt\n100755 blob \w+\trun.sh/,
    );
    expect(
      execFileSync("git", ["cat-file", "blob", "limaform/save/1:new.txt"], {
        cwd: world.root,
        env: world.env,
        encoding: "utf8",
      }),
    ).toBe("one\r\n");
    await world.expect(0, "results", "discard", "save/1");
    expect(await savesOf()).toEqual([]);
  });

  it("that appears after the save keeps the worker, and the next apply saves it too", async () => {
    await makeWork();
    const file = world.scratch("plan.json");
    await world.expect(0, "plan", "--replace", ADDRESS, "--out", file);
    await inside("echo later > later.txt");
    const ended = await world.run(["apply", file, "--json"]);
    expect(ended.code).toBe(1);
    expect(ended.stdout).toContain("STALE_PLAN");
    expect(world.instances()).toContain(worker(1));
    await world.expect(0, "apply", "--replace", ADDRESS, "--yes");
    expect(world.git("--git-dir", join(world.state, "saved.git"), "show", "refs/limaform/save/1/files:later.txt")).toBe(
      "later",
    );
  });

  it("is saved before a force, where the host agent is dead and SSH still answers", async () => {
    await makeWork();
    process.kill(Number(readFileSync(join(world.home, worker(1), "ha.pid"), "utf8")), "SIGKILL");
    const plan = await world.json<Plan>(0, "plan");
    expect(risksOf(plan)).toEqual([
      ["untracked", true],
      ["commits", true],
    ]);
    const ids = plan.steps.map(({ id }) => id);
    expect(ids.indexOf(`save:${ADDRESS}`)).toBeGreaterThanOrEqual(0);
    expect(ids.indexOf(`save:${ADDRESS}`)).toBeLessThan(ids.indexOf(`start:${ADDRESS}`));
    world.changes();
    const { steps } = await world.json<ApplyDocument>(0, "apply", "--yes");
    expect(steps.map(({ id, status }) => `${id} ${status}`).slice(0, 2)).toEqual([
      `save:${ADDRESS} done`,
      `start:${ADDRESS} done`,
    ]);
    expect(world.changes()).toEqual([`stop ${worker(1)}`, `start ${worker(1)}`]);
    expect(await savesOf()).toMatchObject([{ id: "save/1", instance: worker(1) }]);
    // It was a repair: the disk stayed, and the work is in the worker too.
    expect(await inside("cat new.txt; git log -1 --format=%s")).toBe("one\r\nagent\n");
  });

  it("stays in a worker that went down without limaform (powered off from inside, say): it is started, not replaced", async () => {
    await makeWork();
    // As Lima shows it in either case: stopped, without a note of ours.
    world.limactl("stop", worker(1));
    const change = (await world.json<Plan>(0, "plan")).changes.find(({ address }) => address === ADDRESS);
    expect(change).toMatchObject({ action: "start", atRisk: [] });
    const refused = await world.json<Plan>(1, "plan", "--replace", ADDRESS);
    expect(refused.errors).toMatchObject([{ code: "PLAN_WORK_AT_RISK", addresses: [ADDRESS] }]);
    expect(refused.errors[0]?.hint).toContain("limaform start");
    await world.expect(0, "apply", "--yes");
    expect(await inside("cat new.txt")).toBe("one\r\n");
  });

  it("is given up with --discard-work alone, never with --yes", async () => {
    // Larger than a save takes.
    await inside("truncate -s 600M large");
    const refused = await world.json<Plan>(0, "plan", "--destroy").catch(() => null);
    expect(refused === null || !refused.applicable).toBe(true);
    await world.expect(1, "teardown", "--yes");
    expect(world.instances()).toContain(worker(1));
    await world.expect(0, "teardown", "--yes", "--discard-work", ADDRESS);
    expect(world.instances()).not.toContain(worker(1));
    expect(await savesOf()).toEqual([]);
  });

  it("is known of a worker that stop stopped, while its disk is as it was", async () => {
    await makeWork();
    await world.expect(0, "stop", "1", "--yes");
    expect(await savesOf()).toMatchObject([{ id: "save/1", why: "stop" }]);
    expect(risksOf(await world.json<Plan>(0, "plan", "--replace", ADDRESS))).toEqual([
      ["untracked", true],
      ["commits", true],
    ]);
    const disk = join(world.home, worker(1), "disk");
    const now = new Date();
    if (existsSync(disk)) utimesSync(disk, now, new Date(now.getTime() + 5000));
    await world.expect(1, "teardown", "--yes");
    expect((await world.run(["teardown", "--yes"])).stderr + (await world.run(["teardown", "--yes"])).stdout).toContain(
      `limaform start ${worker(1)}`,
    );
    await world.expect(0, "start", "1", "--yes");
    await world.expect(0, "stop", "1", "--yes");
    await world.expect(0, "teardown", "--yes");
    expect(world.instances()).not.toContain(worker(1));
    expect((await savesOf()).map(({ id }) => id)).toEqual(["save/1"]);
  });

  it("counts again in a stopped worker when its save is discarded or the note is lost", async () => {
    await makeWork();
    await world.expect(0, "stop", "1", "--yes");
    await world.expect(0, "results", "discard", "save/1");
    await world.expect(1, "teardown", "--yes");
    await world.expect(0, "start", "1", "--yes");
    await world.expect(0, "stop", "1", "--yes");
    rmSync(join(world.state, "stopped"), { recursive: true });
    await world.expect(1, "teardown", "--yes");
    expect(world.instances()).toContain(worker(1));
  });

  it("of every kind is saved before a replace: ignored files, nested repositories, work trees, work.paths", async () => {
    appendFileSync(join(world.root, "limaform.toml"), '\n[work]\npaths = ["~/notes"]\n');
    expect(readFileSync(join(world.root, "limaform.toml"), "utf8")).toContain("notes");
    writeFileSync(join(world.root, ".gitignore"), "secret\n");
    world.git("add", ".gitignore");
    world.git("commit", "-qm", "ignore");
    await world.apply();
    await inside(
      "mkdir -p ~/notes; echo n > ~/notes/n; echo s > secret; git init -q inner; echo i > inner/i; git worktree add -q ~/other 2>/dev/null; echo o > ~/other/o",
    );
    const plan = await world.json<Plan>(0, "plan", "--replace", ADDRESS);
    const kinds = ["ignored", "worktree", "nested_repository", "path"];
    expect(risksOf(plan)).toEqual(kinds.map((kind) => [kind, true]));
    await world.expect(0, "apply", "--replace", ADDRESS, "--yes");
    const [saved] = await savesOf();
    const contentOf = (end: string): string => {
      const ref = saved?.refs.find(({ name }) => name.endsWith(end))?.ref ?? "none";
      return world.git("--git-dir", join(world.state, "saved.git"), "grep", "-h", "", ref).trim();
    };
    expect(["ignored files", "inner: files", "other: files", "notes"].map(contentOf).join("|")).toMatch(
      /^s\|i\|[^|]*o[^|]*\|n$/su,
    );
  });
});
