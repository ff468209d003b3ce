import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CopyDocument, StatusDocument, SyncDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import { HOOK_LIMIT_MS, makeFolderWorld, makeProgramWorld, type ProgramWorld, worker } from "../support/program.js";

/* The built program brings code in without an apply: `sync`, `cp` and what `status` says of it. */

const outcomes = ({ workers }: SyncDocument) => workers.map(({ slot, outcome }) => `${slot} ${outcome}`);
const pushes = ({ changes }: Plan) => changes.filter(({ action }) => action === "push").length;

describe("code into workers in git mode", () => {
  let world: ProgramWorld;
  const inside = (slot: number, script: string) => world.expect(0, "shell", String(slot), "--", "sh", "-c", script);
  const gitOf = async (slot: number) =>
    (await world.json<StatusDocument>(0, "status")).workers.find((each) => each.slot === slot)?.git;

  beforeAll(async () => {
    world = makeProgramWorld("workers = 2\n");
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it("brings HEAD and uncommitted files into all workers, lists them first in a dry run, and then has nothing to do", async () => {
    world.write("new.txt", "new\n");
    world.git("add", "new.txt");
    world.git("commit", "-qm", "new");
    world.write("draft.txt", "draft\n");
    const dry = await world.json<SyncDocument>(0, "sync", "--dry-run");
    expect(outcomes(dry)).toEqual(["1 updated", "2 updated"]);
    expect(dry.workers[0]?.changes).toEqual([
      { path: "draft.txt", change: "new" },
      { path: "new.txt", change: "new" },
    ]);
    expect(await inside(1, "ls")).not.toContain("new.txt");
    expect(await world.expect(0, "sync", "1")).toMatch(/✓ worker 1 got commit [0-9a-f]{8} and 1 uncommitted file$/mu);
    expect(await inside(1, "cat new.txt draft.txt")).toBe("new\ndraft\n");
    expect(outcomes(await world.json<SyncDocument>(0, "sync"))).toEqual(["1 unchanged", "2 updated"]);
    expect(pushes(await world.plan())).toBe(0);
    expect(await gitOf(1)).toMatchObject({
      branch: "main",
      ahead: 0,
      behind: 0,
      dirty: false,
      unsaved: 0,
      lastPull: null,
    });
  });

  it("puts the objects beside the work of a worker that has some, says so, and writes over nothing", async () => {
    await inside(1, "git -c user.name=a -c user.email=a@b commit -q --allow-empty -m mine; echo mine > mine.txt");
    world.git("commit", "-qm", "later", "--allow-empty");
    const head = world.git("rev-parse", "HEAD").trim();
    expect(outcomes(await world.json<SyncDocument>(1, "sync", "1", "-n"))).toEqual(["1 diverged"]);
    const done = await world.json<SyncDocument>(1, "sync");
    expect(outcomes(done)).toEqual(["1 diverged", "2 updated"]);
    expect(done.workers[0]?.next[0]).toBe("limaform shell 1 -- git merge refs/limaform/incoming");
    expect(await inside(1, "git rev-parse refs/limaform/incoming~1; git log -1 --format=%s; cat mine.txt")).toBe(
      `${head}\nmine\nmine\n`,
    );
    expect(await gitOf(1)).toMatchObject({ ahead: 1, behind: 1, dirty: true, unsaved: 2 });
    await inside(1, "git -c user.name=a -c user.email=a@b merge -q -m merged refs/limaform/incoming");
    expect(await inside(1, "cat mine.txt draft.txt")).toBe("mine\ndraft\n");
  });

  it("takes no single paths and no worker that is not there", async () => {
    expect((await world.json<ErrorDocument>(64, "sync", "1", "new.txt")).code).toBe("USAGE_PATHS_WITH_GIT");
    expect((await world.json<ErrorDocument>(64, "sync", "7")).code).toBe("USAGE_UNKNOWN_WORKER");
  });

  it("copies files in and out", async () => {
    mkdirSync(join(world.root, "folder/deep"), { recursive: true });
    writeFileSync(join(world.root, "folder/deep/x"), "x");
    expect(await world.json<CopyDocument>(0, "cp", "folder", "README.md", "2:in/")).toMatchObject({
      direction: "in",
      files: 2,
    });
    expect(await inside(2, "cat ~/in/folder/deep/x ~/in/README.md")).toContain("x# shop");
    const target = world.scratch("out");
    expect(await world.json<CopyDocument>(0, "cp", "2:in", target)).toMatchObject({ direction: "out", files: 2 });
    expect(readFileSync(join(target, "folder/deep/x"), "utf8")).toBe("x");
    expect((await world.json<ErrorDocument>(64, "cp", "1:a", "2:b")).code).toBe("USAGE_COPY_SIDES");
    const both = ["folder/README.md", "README.md"];
    writeFileSync(join(world.root, "folder/README.md"), "another");
    expect((await world.json<ErrorDocument>(64, "cp", ...both, "2:two/")).code).toBe("USAGE_COPY_TWICE");
    expect((await world.json<ErrorDocument>(64, "cp", "2:in/README.md", "2:README.md", ".")).code).toBe(
      "USAGE_COPY_TWICE",
    );
    expect((await world.json<ErrorDocument>(1, "cp", "2:nowhere", ".")).code).toBe("COPY_NOT_FOUND");
    rmSync(join(world.root, "folder"), { recursive: true });
  });
});

describe("code into workers in files mode", () => {
  let world: ProgramWorld;
  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);

  beforeAll(async () => {
    world = makeFolderWorld({ "src/a.txt": "one\n" });
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());

  it("goes in by apply, without git on either side, and the next plan has nothing to do", async () => {
    expect(await inside("cat src/a.txt; test -e .git || echo none")).toBe("one\nnone\n");
    expect(await inside("ls")).not.toContain("limaform.toml");
    expect(pushes(await world.plan())).toBe(0);
    world.write("src/a.txt", "two\n");
    expect(pushes(await world.plan())).toBe(1);
    await world.apply();
    expect(await inside("cat src/a.txt")).toBe("two\n");
    expect(pushes(await world.plan())).toBe(0);
  });

  it("goes in by sync, of some paths too; what is gone here goes there only with consent", async () => {
    world.write("src/a.txt", "three\n");
    world.write("b.txt", "b\n");
    const dry = await world.json<SyncDocument>(0, "sync", "-n");
    expect(dry.workers[0]?.changes).toEqual([
      { path: "b.txt", change: "new" },
      { path: "src/a.txt", change: "content" },
    ]);
    await world.expect(0, "sync", "1", "src");
    expect(await inside("cat src/a.txt; test -e b.txt || echo none")).toBe("three\nnone\n");
    await world.expect(0, "sync");
    rmSync(join(world.root, "b.txt"));
    expect(await world.expect(0, "sync")).toContain("1 file gone here stay there; to remove: limaform sync --delete");
    expect((await world.json<ErrorDocument>(64, "sync", "--delete")).code).toBe("USAGE_APPROVAL_NEEDED");
    expect(await inside("cat b.txt")).toBe("b\n");
    const done = await world.json<SyncDocument>(0, "sync", "--delete", "--yes");
    expect(done.workers).toMatchObject([{ outcome: "updated", gone: ["b.txt"], deleted: true }]);
    expect(await inside("test -e b.txt || echo none")).toBe("none\n");
  });

  it("is withheld from a worker with work, which is saved before a replace and comes back", async () => {
    await inside("echo mine > mine.txt; echo s > .env");
    appendFileSync(join(world.root, "src/a.txt"), "more\n");
    expect(outcomes(await world.json<SyncDocument>(1, "sync"))).toEqual(["1 diverged"]);
    expect(pushes(await world.plan())).toBe(0);
    await world.expect(0, "apply", "--replace", "worker.default[1]", "--yes");
    expect(await inside("cat src/a.txt; test -e mine.txt || echo none")).toBe("three\nmore\nnone\n");
    expect(await world.expect(0, "results", "show", "save/1")).toContain("mine.txt");
    expect((await world.json<ErrorDocument>(1, "results", "accept", "save/1")).code).toBe("REVIEW_FLAGGED");
    const accept = ["results", "accept", "save/1", "--allow", "environment"];
    world.write("mine.txt", "of the host\n");
    expect((await world.json<ErrorDocument>(1, ...accept)).code).toBe("REVIEW_CONFLICT");
    expect(existsSync(join(world.root, ".env"))).toBe(false);
    rmSync(join(world.root, "mine.txt"));
    expect(await world.expect(0, ...accept)).toContain("2 files written");
    expect(readFileSync(join(world.root, "mine.txt"), "utf8")).toBe("mine\n");
    expect(await world.expect(0, "results", "list")).toContain("accepted, files written");
    expect(await world.expect(0, "results", "show", "save/1")).toContain("its files were written");
    expect(existsSync(join(world.state, "saved.git"))).toBe(true);
    expect(worker(1)).toContain("worker-1");
  });
});
