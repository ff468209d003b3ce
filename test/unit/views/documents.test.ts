import { describe, expect, it } from "vitest";
import type {
  ApplyDocument,
  ConfigDocument,
  DriftDocument,
  ListDocument,
  ResultDocument,
  WorkerStatus,
} from "../../../src/app/app.js";
import { renderApply } from "../../../src/views/human/apply.js";
import { renderConfig } from "../../../src/views/human/config.js";
import { renderDrift } from "../../../src/views/human/drift.js";
import { renderList } from "../../../src/views/human/list.js";
import { renderResult, renderResults } from "../../../src/views/human/results.js";
import { renderRun } from "../../../src/views/human/run.js";
import { renderStatus } from "../../../src/views/human/status.js";
import { paintFor } from "../../../src/views/paint.js";
import { runWorkerOf } from "../../support/run-builders.js";
import { contractPlan } from "./plan-fixture.js";

const plain = paintFor({ hasColour: false });
const golden = (name: string) => `../../golden/views/${name}.txt`;
const ESC = "\u001b";
const GiB = 1024 ** 3;

describe("renderApply", () => {
  const failure = {
    code: "LIMA_START_FAILED",
    message: "limactl start ended with 1",
    hint: "limaform apply",
    details: null,
  };
  const step = (
    verb: string,
    status: ApplyDocument["steps"][number]["status"],
    error: typeof failure | null = null,
  ) => ({
    ...{ id: `${verb}:worker.default[1]`, verb, address: "worker.default[1]", status, elapsedMs: 1000, error },
  });
  const document: ApplyDocument = {
    ...{ format: "limaform.apply", version: 1, verdict: "failed", summary: {} },
    steps: [step("clone", "done"), step("start", "failed", failure), step("push", "skipped")],
    error: failure,
  };

  it("says in one line what was done and how long it took", () => {
    expect(renderApply({ ...document, verdict: "done" }, contractPlan(), 192_000, plain)).toBe(
      "Apply complete: 2 created, 2 replaced, 3 pushed in 3m 12s.\n",
    );
  });

  it("says what failed, why and what to do, and names a failure once", () => {
    expect(renderApply(document, contractPlan(), 62_000, plain)).toBe(
      "Apply failed: 1 of 3 steps done, 1 failed, 1 skipped after 1m 2s.\n" +
        "Error: start worker.default[1]: limactl start ended with 1 [LIMA_START_FAILED]\n  → limaform apply\n",
    );
  });

  it("does not tell the failures of the steps again in the words of the whole, but what else to do", () => {
    const message = "1 of 3 steps failed, 1 skipped because of that: start: limactl start ended with 1";
    const error = { code: "APPLY_FAILED", message, hint: "limaform apply\nSee: limaform plan", details: null };
    expect(renderApply({ ...document, error }, contractPlan(), 62_000, plain)).toBe(
      "Apply failed: 1 of 3 steps done, 1 failed, 1 skipped after 1m 2s.\n" +
        "Error: start worker.default[1]: limactl start ended with 1 [LIMA_START_FAILED]\n  → limaform apply\n" +
        "  → See: limaform plan\n",
    );
  });

  it("shows an error that belongs to no step", () => {
    const error = { code: "STORE_FULL", message: "no space left", hint: "", details: null };
    const text = renderApply({ ...document, steps: [], error }, contractPlan(), 0, plain);
    expect(text).toContain("Error: no space left [STORE_FULL]\n");
  });
});

describe("renderDrift", () => {
  const base: DriftDocument = {
    format: "limaform.drift",
    version: 1,
    drifted: false,
    complete: true,
    items: [],
    error: null,
  };
  const items = [
    { address: "worker.default[1]", instance: "my-app-worker-1", kind: "missing", text: "not there" },
    { address: "", instance: "my-app-copy", kind: "foreign_copy", text: "a copy of my-app-worker-1" },
  ] as const;

  it("lists what drifted and how to look at the mending", async () => {
    await expect(renderDrift({ ...base, drifted: true, items }, plain)).toMatchFileSnapshot(golden("drift"));
  });

  it("is one line without drift", () => {
    expect(renderDrift(base, plain)).toBe("No drift. Everything is as the last apply left it.\n");
  });

  it("never says that all is well when it could not read everything", () => {
    const error = {
      code: "DRIFT_INCOMPLETE",
      message: "w1 cannot be read (torn)",
      hint: "limactl list",
      details: null,
    };
    expect(renderDrift({ ...base, complete: false, error }, plain)).toBe(
      "Incomplete: w1 cannot be read (torn) [DRIFT_INCOMPLETE]\n  → limactl list\n",
    );
  });
});

describe("renderStatus", () => {
  const worker = (slot: number, more: Partial<WorkerStatus> = {}): WorkerStatus => ({
    ...{
      slot,
      name: `my-app-worker-${slot}`,
      status: "running",
      health: "ready",
      revision: "7f3a09c1aa",
      stale: false,
    },
    ...{ held: false, cpus: 4, memoryBytes: 4 * GiB, diskBytes: 30 * GiB, git: null, run: null },
    ...more,
  });
  const base = { format: "limaform.status", version: 1, project: "my-app", images: [], warnings: [] } as const;

  it("shows workers, images and warnings", async () => {
    const work = [
      { kind: "uncommitted", count: 3, bytes: 12, examples: [] },
      { kind: "nested_repository", count: 1, bytes: 0, examples: [] },
    ];
    const git = { commit: "3f2a1c9d00", work };
    const workers = [
      worker(1, { git, run: { id: "20261122-100000-a1b2", state: "working" } }),
      worker(2, { status: "held", health: "-", held: true, stale: true }),
      worker(3, { git: { commit: "3f2a1c9d00", work: [] } }),
      worker(4, { status: "running", held: true, git: { commit: "3f2a1c9d00", work: null } }),
    ];
    const image = {
      revision: "7f3a09c1aa",
      status: "stopped",
      protected: true,
      versions: {},
      builtInMs: null,
      ageMs: null,
    };
    const images = [
      {
        ...image,
        address: "image.tools",
        instance: "my-app-tools-11aa22bb",
        sealed: "2026-11-22T10:00:00.123Z",
        ageMs: 3.5 * 86_400_000,
        from: "",
        ...{ users: ["my-app-golden-7f3a09c1"], builtInMs: 754_000, usedBytes: 1_503_238_553 },
        versions: { node: "24.1.0", claude: "2.0.1" },
      },
      {
        ...image,
        address: "image.golden",
        instance: "my-app-golden-7f3a09c1",
        sealed: "",
        from: "my-app-tools-11aa22bb",
        ...{ users: [], usedBytes: null },
      },
    ];
    const document = { ...base, workers, images, warnings: ["workers can reach this host's network"] };
    await expect(renderStatus(document, true, plain)).toMatchFileSnapshot(golden("status"));
  });

  it("escapes what a worker says of itself", () => {
    const text = renderStatus({ ...base, workers: [worker(1, { git: { branch: `${ESC}[2J` } })] }, false, plain);
    expect(text).not.toContain(ESC);
  });

  it("names the command that makes workers where there are none", () => {
    expect(renderStatus({ ...base, workers: [] }, false, plain)).toContain("limaform apply");
  });
});

describe("renderList", () => {
  const instance = {
    ...{ name: "my-app-worker-1", project: "my-app", role: "worker", slot: 1, status: "running", cpus: 2 },
    ...{ memoryBytes: 4 * GiB, diskBytes: 30 * GiB, foreignCopy: false },
  };
  const document: ListDocument = {
    format: "limaform.list",
    version: 1,
    instances: [instance, { ...instance, name: "copy", slot: 0, foreignCopy: true }],
  };

  const table = { onlyNames: false, ofAllProjects: false };

  it("says where there is nothing, and of whom", () => {
    const none = { ...document, instances: [] };
    expect(renderList(none, table, plain)).toContain("limaform apply");
    expect(renderList(none, { ...table, ofAllProjects: true }, plain)).not.toContain("limaform apply");
  });

  it("is a table, or only names", async () => {
    await expect(renderList(document, table, plain)).toMatchFileSnapshot(golden("list"));
    expect(renderList(document, { ...table, onlyNames: true }, plain)).toBe("my-app-worker-1\ncopy\n");
  });
});

describe("renderConfig", () => {
  it("prints TOML, with origins where asked", async () => {
    const document: ConfigDocument = {
      format: "limaform.config",
      version: 1,
      file: "/x/limaform.toml",
      warnings: [],
      values: { project: "my-app", workers: 2, "image.inputs": null, env: { "A B": "x" }, "vm.ca_certs": ["a", "b"] },
      origins: {
        project: { layer: "spec", file: "/x/limaform.toml", line: 1, column: 1 },
        workers: { layer: "environment", variable: "LIMAFORM_WORKERS" },
        env: { layer: "default" },
      },
    };
    expect(renderConfig(document, false, plain)).toBe(
      'env = { "A B" = "x" }\nproject = "my-app"\nvm.ca_certs = ["a", "b"]\nworkers = 2\n',
    );
    await expect(renderConfig(document, true, plain)).toMatchFileSnapshot(golden("config-origins"));
  });
});

describe("renderRun", () => {
  const worker = runWorkerOf;
  const base = { format: "limaform.run", version: 1, run: "r" } as const;

  it("shows each worker and what to do next", async () => {
    const error = {
      code: "GUEST_UNREACHABLE",
      message: "worker 2 does not answer",
      hint: "limaform status 2",
      details: null,
    };
    const nothing = { result: null, commits: 0, files: 0 };
    const lost = worker(2, { state: "unreachable", passed: null, exitCode: null, ...nothing, error });
    const tokens = { input: 12_345, output: 678, cached: 0 };
    const agent = worker(3, {
      ...{ agent: "claude", tokens, costUsd: 0.0123, passed: false, checkExitCode: 2 },
      text: "the agent reports success, exit code 0, not passed: hooks.check ended with 2",
    });
    const limited = worker(4, {
      ...{ agent: "codex", state: "failed", failure: "rate_limit", passed: false, exitCode: 1, ...nothing },
      ...{ text: "You've hit your usage limit\u001b[2J (exit code 1)", until: "2026-01-02T08:00:00.000Z", tokens },
    });
    const workers = [worker(1), lost, agent, limited];
    const text = renderRun({ ...base, verdict: "failed", workers }, plain);
    await expect(text).toMatchFileSnapshot(golden("run"));
  });

  it("names no result where there is none", () => {
    const text = renderRun({ ...base, verdict: "done", workers: [worker(1, { result: null, commits: 0 })] }, plain);
    expect(text).toMatch(/Run r done\.\n$/);
  });
});

describe("renderResult and renderResults", () => {
  const result: ResultDocument["result"] = {
    ...{ id: "r/1", run: "r", slot: 1, instance: "my-app-worker-1", collectedAt: "2026-11-22T10:00:00Z", base: "a" },
    ...{ tip: "b", commits: 1, files: 2, additions: 5, deletions: 1, flagged: ["ci"], accepted: null, refused: null },
  };

  it("show commits, files and flags, escaped, and what to do next", async () => {
    const document: ResultDocument = {
      ...{ format: "limaform.result", version: 1, result },
      changes: [
        { path: ".github/workflows/ci.yml", status: "M", categories: ["ci"] },
        { path: `a${ESC}[31m.txt`, status: "A", categories: [] },
      ],
      log: [{ commit: "3f2a1c9d0011", author: "agent", subject: "Fix the tests" }],
    };
    await expect(renderResult(document, plain)).toMatchFileSnapshot(golden("result"));
    const list = renderResults(
      { format: "limaform.results", version: 1, results: [result], saves: [], uncollected: [] },
      plain,
    );
    await expect(list).toMatchFileSnapshot(golden("results"));
  });

  it("name what could not be brought here, escaped, with the way out", () => {
    const error = { code: "REVIEW_TOO_LARGE", message: `big ${ESC}[2J`, hint: "squash it", details: null };
    const uncollected = [{ run: "20260102-030405-abcd", slot: 2, instance: "w-2", error }];
    const list = renderResults({ format: "limaform.results", version: 1, results: [], saves: [], uncollected }, plain);
    expect(list).toBe("! 20260102-030405-abcd/2 is still in w-2: big \\x1b[2J [REVIEW_TOO_LARGE]\n  → squash it\n");
  });

  it("say how to accept, naming what has to be allowed", () => {
    const show = (more: Partial<typeof result>) =>
      renderResult(
        { format: "limaform.result", version: 1, result: { ...result, ...more }, changes: [], log: [] },
        plain,
      );
    expect(show({ flagged: [] })).toContain("limaform results accept r/1");
    expect(show({})).toContain("limaform results accept r/1 --allow ");
    expect(show({ isPartial: true })).toContain("Incomplete: my-app-worker-1 has files that its git could not take up");
    expect(show({})).not.toContain("ncomplete");
    expect(show({ accepted: { branch: "limaform/r/1", commit: "c", at: "" } })).toContain(
      "Accepted on branch limaform/r/1",
    );
  });
});
