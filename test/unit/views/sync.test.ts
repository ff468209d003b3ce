import { describe, expect, it } from "vitest";
import type { SyncDocument, SyncedWorker } from "../../../src/app/app.js";
import { renderSync, renderSyncGone } from "../../../src/views/human/sync.js";
import { paintFor } from "../../../src/views/paint.js";

const plain = paintFor({ hasColour: false });
const worker = (change: Partial<SyncedWorker>): SyncedWorker => ({
  ...{ slot: 1, instance: "w-1", outcome: "updated", base: "b", changes: [], gone: [], deleted: false },
  ...{ text: "got commit 3f2a1c9d", next: [], elapsedMs: 1, error: null },
  ...change,
});
const document = (workers: readonly SyncedWorker[], change: Partial<SyncDocument> = {}): SyncDocument => ({
  ...{ format: "limaform.sync", version: 1, project: "p", mode: "files", dryRun: false, commit: null },
  ...{ verdict: "done", workers, notes: [] },
  ...change,
});

describe("renderSync", () => {
  it("has a line a worker, its files below it, and what to do where work was in the way", () => {
    const changes = [
      { path: "a", change: "new" },
      { path: "b\\x1b", change: "content" },
    ];
    const next = ["limaform shell 2 -- git status"];
    const workers = [
      worker({ changes }),
      worker({ slot: 2, outcome: "diverged", text: "diverged: it holds commits", next }),
      worker({ slot: 3, outcome: "unchanged", text: "has all 3 files", gone: ["x"] }),
      worker({ slot: 4, gone: ["y"], deleted: true }),
    ];
    expect(renderSync(document(workers, { dryRun: true, notes: ["a note"] }), plain)).toBe(
      [
        "✓ worker 1 got commit 3f2a1c9d",
        "    + a",
        "    ~ b\\x1b",
        "! worker 2 diverged: it holds commits",
        "  → limaform shell 2 -- git status",
        "= worker 3 has all 3 files",
        "    1 file gone here would stay there; to remove: limaform sync --delete",
        "✓ worker 4 got commit 3f2a1c9d",
        "    - y",
        "note: a note",
        "Dry run: nothing was done.",
        "",
      ].join("\n"),
    );
  });

  it("cuts a long list, but never the one that is asked about", () => {
    const gone = Array.from({ length: 30 }, (_, at) => `f${at}`);
    const changes = gone.map((path) => ({ path, change: "new" }));
    expect(renderSync(document([worker({ changes })]), plain)).toContain("… and 10 more");
    expect(renderSyncGone(document([worker({ gone })]), plain).split("\n")).toHaveLength(32);
  });
});
