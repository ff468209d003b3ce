import { rm, utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WorkFinding } from "../../src/world/world.js";
import { type CodeScene, INSTANCE, makeCodeScene, options } from "../support/code-scene.js";

const counts = (finding: WorkFinding) =>
  finding.kind === "known" ? Object.fromEntries(finding.items.map(({ kind, count }) => [kind, count])) : finding;

describe("the probe of a worker", () => {
  let scene: CodeScene;
  beforeEach(async () => {
    scene = await makeCodeScene({ "src/a.txt": "one\n", ".gitignore": "node_modules/\n*.log\n.env.local\ncache/\n" });
    await scene.user.write("draft.txt", "mine\n");
    await scene.push();
  });
  afterEach(() => scene.close());
  const foundAfter = async (script: string, madeAt: string | null = null) => {
    await scene.guest.sh(`cd project; ${script}`);
    return counts(await scene.ask(madeAt));
  };

  it("finds nothing right after a push with carried files", async () => {
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
  });

  it("finds nothing where nothing was ever pushed", async () => {
    await rm(join(scene.guest.home, "project"), { recursive: true });
    expect(await scene.ask()).toEqual({ kind: "known", items: [] });
  });

  it("counts changed, deleted and staged files with their size, and untracked ones apart", async () => {
    await scene.guest.sh(
      "cd project; printf 12345 > src/a.txt; rm README.md; printf 123 > s; git add s; mkdir n; printf 1234567 > n/x; printf 1 > 'ü y'",
    );
    expect(await scene.ask()).toEqual({
      kind: "known",
      items: [
        { kind: "uncommitted", count: 3, bytes: 8, examples: ["README.md", "s", "src/a.txt"], savable: true },
        { kind: "untracked", count: 2, bytes: 8, examples: ["n/x", "ü y"], savable: true },
      ],
    });
  });

  it("escapes names before anybody prints them", async () => {
    await scene.guest.sh("cd project; printf 1 > \"$(printf 'a\\033[2Jb')\"");
    expect(await scene.ask()).toMatchObject({ items: [{ kind: "untracked", examples: ["a\\x1b[2Jb"] }] });
  });

  it("counts commits of every branch, a detached HEAD and tags, but not those that the host has", async () => {
    expect(await foundAfter("git commit -q --allow-empty -m 1; git commit -q --allow-empty -m 2")).toEqual({
      commits: 2,
    });
    expect(await foundAfter("git checkout -q -b side; git commit -q --allow-empty -m 3; git checkout -q main")).toEqual(
      {
        commits: 3,
      },
    );
    expect(
      await foundAfter("git checkout -q --detach; git commit -q --allow-empty -m 4; git tag t; git checkout -q main"),
    ).toEqual({
      commits: 4,
    });
    const head = await scene.guest.git("project", "rev-parse", "main", "side", "t");
    await scene.user.git("fetch", "-q", join(scene.guest.home, "project"), ...head.split("\n"));
    expect(await foundAfter("true")).toEqual({});
  });

  it("counts stashes, other work trees with uncommitted files and nested repositories", async () => {
    expect(await foundAfter("echo x >> src/a.txt; git stash -q")).toEqual({ stash: 1 });
    expect(await foundAfter("git worktree add -q ../other 2>/dev/null")).toEqual({ stash: 1 });
    expect(await foundAfter("echo x > ../other/x")).toEqual({ stash: 1, worktree: 1 });
    expect(await foundAfter("git init -q inner")).toEqual({ stash: 1, worktree: 1, nested_repository: 1 });
  });

  it("counts ignored files that changed since the worker was made and that no pattern covers", async () => {
    const made = new Date(Date.now() + 120_000 + 1000);
    await scene.guest.sh(
      "cd project; mkdir -p node_modules cache/deep; echo s > .env.local; echo x > node_modules/x; echo x > a.log; echo c > cache/deep/c; echo l > cache/l.log",
    );
    expect(await foundAfter("true")).toEqual({ ignored: 2 });
    expect(await foundAfter("true", made.toISOString())).toEqual({});
    const old = new Date("2020-01-01");
    await utimes(join(scene.guest.home, "project/.env.local"), old, old);
    expect(await foundAfter("true", new Date(Date.now() - 60_000).toISOString())).toEqual({ ignored: 2 });
    expect(await foundAfter("git init -q cache/repo")).toMatchObject({ nested_repository: 1 });
  });

  it("counts files in the folders that the spec names, live runs and runs that nobody collected", async () => {
    await scene.guest.sh(
      'mkdir -p data/x runs/20260101-000000-aaaa runs/20260101-000000-bbbb; echo 12 > data/x/y; touch runs/20260101-000000-bbbb/collected; mkdir "$FAKE_SYSTEMD_DIR/limaform-run-1"; echo active > "$FAKE_SYSTEMD_DIR/limaform-run-1/state"',
    );
    const found = await scene.probe.probe(
      {
        instance: INSTANCE,
        guestPath: "~/project",
        workPaths: ["~/data", "/nowhere"],
        notWork: [],
        hostRoot: scene.user.root,
        madeAt: null,
      },
      options(),
    );
    expect(found).toMatchObject({
      kind: "known",
      items: [
        { kind: "path", count: 1, bytes: 3 },
        { kind: "live_run", count: 1, examples: ["limaform-run-1.service"] },
        { kind: "uncollected_run", count: 1, examples: ["20260101-000000-aaaa"] },
      ],
    });
  });

  it("counts files of a folder that is no repository", async () => {
    expect(await foundAfter("rm -rf .git")).toEqual({ untracked: 4 });
  });

  it("knows nothing when the worker does not answer, talks nonsense or stops in the middle", async () => {
    scene.guest.isUnreachable = true;
    expect(await scene.ask()).toMatchObject({ kind: "unknown" });
    scene.guest.isUnreachable = false;
    await scene.guest.sh("printf 'ref: nonsense' > project/.git/HEAD");
    expect(await scene.ask()).toMatchObject({ kind: "unknown" });
  });

  it("knows nothing without git in the worker", async () => {
    await scene.guest.sh("mkdir bin");
    const answer = scene.guest.exec;
    scene.guest.exec = (instance, command, call) =>
      answer(instance, { ...command, env: { PATH: scene.guest.home } }, call);
    expect(await scene.ask()).toMatchObject({ kind: "unknown" });
  });
});
