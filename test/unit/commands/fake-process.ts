import type { App, AppOptions } from "../../../src/app/app.js";
import { main } from "../../../src/commands/main.js";
import type { Runtime, StopSignal } from "../../../src/commands/runtime.js";
import type { Plan } from "../../../src/plan/document.js";
import { FakeOutput, FakeTicker } from "../views/fake-output.js";
import { planOf } from "../views/plan-fixture.js";

export interface FakeProcess {
  readonly stdout: FakeOutput;
  readonly stderr: FakeOutput;
  /** Calls of the app: name and arguments, in order. */
  readonly calls: (readonly [string, ...unknown[]])[];
  readonly options: AppOptions[];
  readonly files: Map<string, string>;
  readonly exits: number[];
  /** Exit codes that the app was closed with. */
  readonly closed: number[];
  /** Sends a signal to whoever listens. */
  signal(signal: StopSignal): void;
  /** Runs a command line; returns the exit code. */
  run(...argv: string[]): Promise<number>;
}

export interface FakeChoices {
  readonly isInteractive?: boolean;
  /** What is typed at the question. */
  readonly answer?: string | null;
  /** Where several questions come. */
  readonly answers?: readonly string[];
  /** What is piped in. */
  readonly input?: string;
  readonly plan?: Plan;
  /** Use cases that differ from the ones that answer with something harmless. */
  readonly app?: Partial<App>;
}

/** The command line on a process that does not exist, over an app that only notes its calls. */
export function fakeProcess(choices: FakeChoices = {}): FakeProcess {
  const calls: FakeProcess["calls"] = [];
  const options: AppOptions[] = [];
  const files = new Map<string, string>();
  const exits: number[] = [];
  const closed: number[] = [];
  const listeners = new Set<(signal: StopSignal) => void>();
  const stdout = new FakeOutput();
  const stderr = new FakeOutput();
  const runtime: Runtime = {
    stdout,
    stderr,
    isInteractive: choices.isInteractive ?? false,
    cwd: "/home/me/my-app",
    env: {},
    ticker: new FakeTicker(),
    readInput: async () => choices.input ?? null,
    ask: async (question, signal) => {
      calls.push(["ask", question]);
      const next = choices.answers?.[calls.filter(([name]) => name === "ask").length - 1];
      if (next !== undefined) return next;
      if (choices.answer !== undefined) return choices.answer;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve(null)));
    },
    openApp: async (given) => {
      options.push(given);
      return noting({ calls, closed }, { ...harmless(choices.plan ?? planOf([])), ...choices.app });
    },
    onSignal: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    appendTo: (file) => (text) => files.set(file, (files.get(file) ?? "") + text),
    readText: (file) => files.get(file) ?? null,
    exit: (code) => exits.push(code),
  };
  const signal = (name: StopSignal) => {
    for (const listener of [...listeners]) listener(name);
  };
  return { stdout, stderr, calls, options, files, exits, closed, signal, run: (...argv) => main(argv, runtime) };
}

function noting({ calls, closed }: Pick<FakeProcess, "calls" | "closed">, app: App): App {
  return new Proxy(app, {
    get: (target, name: keyof App) => {
      const method = target[name] as ((...args: unknown[]) => unknown) | undefined;
      // A promise that resolves to this object asks it for `then`.
      if (method === undefined) return undefined;
      return (...args: unknown[]) => {
        if (name === "close") closed.push((args[0] as { exitCode: number }).exitCode);
        else calls.push([name, ...args]);
        return method(...args);
      };
    },
  });
}

const worker = (slot: number) => ({
  slot,
  address: `worker.default[${slot}]` as never,
  instance: `my-app-worker-${slot}`,
});

const synced = {
  format: "limaform.sync-back",
  version: 1,
  ...{
    slot: 1,
    instance: "my-app-worker-1",
    root: "/home/me/my-app",
    changes: [],
    halted: [],
    notes: [],
    quarantine: "/q.git",
  },
  ignored: false,
  summary: { taken: 0, takeable: 0, waits: 0, conflicts: 0, refused: 0 },
} as const;

const pruned = {
  ...{ format: "limaform.image-prune", version: 1, project: "my-app", removed: false, bases: [], apply: null },
  images: [{ instance: "my-app-golden-51d0ee24", address: "image.golden", bytes: 1024 ** 3 }],
  downloads: { files: 2, bytes: 1024, unusedSince: "2026-10-23T10:00:00.000Z" },
  bytes: 1024 ** 3 + 1024,
} as const;

const trust = {
  ...{ format: "limaform.trust", version: 1, project: "my-app", ownerPath: "/home/me/my-app/.git", digest: "d" },
  ...{ trusted: true, files: [] },
} as const;

function harmless(plan: Plan): App {
  const done = { format: "limaform.apply", version: 1, verdict: "done", steps: [], summary: {}, error: null } as const;
  const config = {
    ...{ format: "limaform.config", version: 1, file: "/home/me/my-app/limaform.toml" },
    ...{ values: { project: "my-app" }, origins: {}, warnings: [] },
  } as const;
  const result = {
    ...{ id: "r/1", run: "r", slot: 1, instance: "my-app-worker-1", collectedAt: "2026-11-22T10:00:00Z", base: "a" },
    ...{ tip: "b", commits: 1, files: 1, additions: 2, deletions: 0, flagged: [], accepted: null, refused: null },
  };
  const side = { instance: "my-app-golden-7f3a09c1", address: "image.golden", revision: "7f3a09c1", sealed: "" };
  const image = {
    ...{
      ...side,
      from: "",
      status: "stopped",
      protected: true,
      users: [],
      ageMs: null,
      builtInMs: null,
      usedBytes: null,
    },
    versions: {},
  };
  return {
    emit: () => {},
    interrupt: () => {},
    init: async () => ({ file: "limaform.toml", text: "", notes: ["found: node"] }),
    validate: async () => config,
    config: async () => config,
    plan: async () => plan,
    readPlan: async () => plan,
    writePlan: async () => {},
    apply: async () => done,
    drift: async () => ({
      format: "limaform.drift",
      version: 1,
      drifted: false,
      complete: true,
      items: [],
      error: null,
    }),
    status: async () => ({
      ...{ format: "limaform.status", version: 1, project: "my-app", images: [], workers: [], warnings: [] },
    }),
    watchStatus: async () => {
      throw new Error("watching never ends");
    },
    image: async () => ({ format: "limaform.image", version: 1, project: "my-app", image, record: null }),
    imageDiff: async () => ({
      ...{ format: "limaform.image-diff", version: 1, project: "my-app", before: side, after: side },
      ...{ equal: true, changes: [] },
    }),
    prunable: async () => ({ plan, document: pruned }),
    prune: async () => ({ ...pruned, removed: true, apply: done }),
    list: async () => ({ format: "limaform.list", version: 1, instances: [] }),
    resolveWorkers: async () => [worker(1), worker(2)],
    shell: async () => 7,
    sshConfig: async () => "Host lima-my-app-worker-1\n",
    spawnEdit: async () => ({ before: 3, apply: async () => {} }),
    run: async () => ({ format: "limaform.run", version: 1, run: "r", verdict: "done", workers: [] }),
    cp: async () => ({
      ...{ format: "limaform.cp", version: 1, direction: "in", instance: "my-app-worker-1", target: "x" },
      ...{ files: 1, bytes: 5, notes: [] },
    }),
    sync: async () => ({
      ...{ format: "limaform.sync", version: 1, project: "my-app", mode: "git", dryRun: false, commit: "3f2a1c" },
      ...{ verdict: "done", workers: [], notes: [] },
    }),
    readTemplate: async () => "Fix it on {{slot}}.",
    readTasks: async () => [{ id: "t1", prompt: "one", files: [] }],
    runs: async () => ({ format: "limaform.runs", version: 1, runs: [], damaged: [] }),
    showRun: async () => ({ format: "limaform.run", version: 1, run: "r", verdict: "done", workers: [] }),
    cancelRun: async () => ({ format: "limaform.run", version: 1, run: "r", verdict: "failed", workers: [] }),
    attachRun: async () => ({ format: "limaform.run", version: 1, run: "r", verdict: "done", workers: [] }),
    send: async () => ({ format: "limaform.run", version: 1, run: "r", verdict: "done", workers: [] }),
    logs: async () => ({ format: "limaform.logs", version: 1, parts: [] }),
    wait: async () => ({
      ...{ format: "limaform.wait", version: 1, for: "ready", verdict: "done", elapsedMs: 1, workers: [] },
    }),
    results: async () => ({ format: "limaform.results", version: 1, results: [result], saves: [], uncollected: [] }),
    result: async () => ({ format: "limaform.result", version: 1, result, changes: [], log: [] }),
    acceptResult: async () => ({ branch: "limaform/r/1", commit: "c", files: 1 }),
    discardResult: async () => {},
    resultDiff: async (id, paths) => ({
      ...{ format: "limaform.result-diff", version: 1, result: id, paths, text: "+new\n", isCut: false },
    }),
    page: async () => false,
    syncBack: async ({ decide, dryRun }) => {
      await decide({ ...synced, dryRun });
      return { ...synced, dryRun };
    },
    watchBack: async () => {},
    watchSync: async () => {},
    trust: async () => trust,
    changeTrust: async (change) => ({ ...trust, trusted: change === "grant" }),
    locks: async () => ({ format: "limaform.unlock", version: 1, project: "my-app", locks: [] }),
    unlock: async (locks) => ({ format: "limaform.unlock", version: 1, project: "my-app", locks }),
    doctor: async () => ({
      ...{ format: "limaform.doctor", version: 1, ready: true, install: null, checks: [] },
      system: { os: "linux", name: "Linux", arch: "x64", packages: null, user: "me", root: false },
    }),
    version: async () => ({ limaform: "0.1.0" }),
    close: async () => {},
  } as App;
}
