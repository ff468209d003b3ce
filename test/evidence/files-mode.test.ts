import { existsSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument, ResultsDocument, SyncBackDocument, SyncDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import type { Plan } from "../../src/plan/document.js";
import { FILES, writeSpec } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet } from "../support/e2e.js";
import { eventsIn, until } from "../support/e2e-limaform.js";

/* A folder that is no repository, on a real VM: images of their own, so too long for every test run. */

describe("a folder without git on a real VM", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await rm(join(fleet.repository.root, ".git"), { recursive: true });
    await writeSpec(fleet, { more: '\n[repo]\nmode = "files"\n' });
    await fleet.edit("workers = 2", "workers = 1");
    expect((await fleet.json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
  });
  afterAll(() => fleet?.close());

  const shell = (script: string) => fleet.inside(1, "sh", "-c", script);
  const read = (path: string): string | null => {
    const file = join(fleet.repository.root, path);
    return existsSync(file) ? readFileSync(file, "utf8") : null;
  };
  const newest = async () => (await fleet.json<ResultsDocument>(0, "results", "list")).results[0];

  it("goes in by apply, and there is nothing more to do", async () => {
    expect(await shell("cat docs/notes.md; ls -A .git 2> /dev/null || echo no git")).toBe("notes\nno git");
    await fleet.expect(0, "plan", "--detailed-exitcode");
    expect((await fleet.json<SyncDocument>(0, "sync", "-n")).workers[0]?.changes).toEqual([]);
  });

  it("goes in as it is written with sync --watch", async () => {
    const events = fleet.scratch("watch");
    const watching = fleet.start("sync", "--watch", "--interval", "600s", "--events", events);
    await until("it watches", () => eventsIn(events).some(({ type }) => type === "sync.idle"));
    await fleet.repository.write("src/new.txt", "written here\n");
    await until("it is there", async () => (await shell("cat src/new.txt || :")) === "written here");
    watching.signalGroup("SIGINT");
    expect((await watching.ended).code).toBe(130);
  });

  it("comes back as the result of a run: listed, shown, compared, accepted by consent", async () => {
    const work = "echo more >> docs/notes.md; rm src/new.txt; echo all: > Makefile";
    await fleet.expect(0, "run", "--", "sh", "-c", work);
    const result = await newest();
    expect(result).toMatchObject({ files: 3, accepted: null, refused: null });
    const id = result?.id ?? "";
    expect(await fleet.expect(0, "results", "diff", id)).toContain("+more");
    expect(await fleet.expect(0, "results", "show", id)).toContain("Makefile");
    expect((await fleet.json<ErrorDocument>(1, "results", "accept", id)).code).toBe("REVIEW_FLAGGED");
    expect([read("docs/notes.md"), read("Makefile")]).toEqual(["notes\n", null]);
    await fleet.expect(0, "results", "accept", id, "--allow", "build,deletions");
    expect([read("docs/notes.md"), read("Makefile")]).toEqual(["notes\nmore\n", "all:\n"]);
  });

  it("comes back file by file with sync-back", async () => {
    await shell("echo by hand > hand.txt");
    const { changes } = await fleet.json<SyncBackDocument>(0, "sync-back", "1");
    expect(changes.filter(({ status }) => status === "taken").map(({ path }) => path)).toContain("hand.txt");
    expect(read("hand.txt")).toBe("by hand\n");
  });

  it("keeps what a worker that is replaced had and nobody else: saved, listed, given back the same", async () => {
    await shell(
      "mkdir -p own/deep; echo unsaved > own/deep/x; printf '#!/bin/sh\\n' > own/run; chmod 755 own/run; ln -s deep/x own/link",
    );
    await fleet.edit("echo first", "echo second");
    const { changes } = await fleet.json<Plan>(0, "plan");
    expect(changes.flatMap(({ atRisk }) => atRisk)).not.toEqual([]);
    expect((await fleet.json<ApplyDocument>(0, "apply", "--yes")).verdict).toBe("done");
    expect(await shell("cat ~/e2e-synced; ls own 2> /dev/null || echo gone")).toBe("second\ngone");
    const { saves } = await fleet.json<ResultsDocument>(0, "results", "list");
    const id = saves[0]?.id ?? "";
    process.stderr.write(`${await fleet.expect(0, "results", "show", id)}\n`);
    await fleet.expect(0, "results", "accept", id, "--allow", "build,symlinks,modes,scripts,binaries");
    expect(read("own/deep/x")).toBe("unsaved\n");
  });
});
