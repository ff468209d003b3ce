import type { ErrorDocument, EventBody } from "../events/event.js";
import type { Plan } from "../plan/document.js";
import type { DriftDocument } from "../plan/drift.js";
import type { ApplyDocument, ApplyStepResult } from "../reconcilers/result.js";
import type { Address, Intent, Origin } from "../resources/kind.js";
import type { Json, JsonObject } from "../util/json.js";
import type { WorkFinding } from "../world/world.js";

/*
 * The use cases as commands see them: documents in, documents out. `compose.ts` makes the real ones. Nothing here prints;
 * progress goes to the event stream.
 */

/** Flags and environment that every command shares. */
export interface AppOptions {
  readonly command: string;
  readonly cwd: string;
  readonly config: string | null;
  readonly project: string | null;
  readonly lockTimeoutMs: number;
  /** Flags that set values of the spec (`--parallel` is not one): dotted key to value. */
  readonly specFlags: Readonly<Record<string, Json>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Receives the body; the app adds the envelope before views see it. */
  readonly onEvent: (event: import("../events/event.js").LimaformEvent) => void;
  readonly isInteractive: boolean;
}

export interface PlanRequest {
  readonly intent: Intent;
  readonly targets: readonly string[];
  readonly replaces: readonly string[];
  readonly discardWork: readonly string[];
  /** Files that this command writes besides the plan itself (`--out`, `--events`): never the repository's content. */
  readonly writes: readonly string[];
}

export interface StatusDocument {
  readonly format: "limaform.status";
  readonly version: 1;
  readonly project: string;
  readonly images: readonly JsonObject[];
  readonly workers: readonly WorkerStatus[];
  readonly warnings: readonly string[];
}

export interface WorkerStatus {
  readonly slot: number;
  readonly name: string;
  readonly status: string;
  readonly health: string;
  readonly revision: string;
  readonly stale: boolean;
  readonly held: boolean;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly git: JsonObject | null;
  readonly run: JsonObject | null;
}

export interface ListDocument {
  readonly format: "limaform.list";
  readonly version: 1;
  readonly instances: readonly {
    readonly name: string;
    readonly project: string;
    readonly role: string;
    readonly slot: number;
    readonly status: string;
    readonly cpus: number;
    readonly memoryBytes: number;
    readonly diskBytes: number;
    readonly foreignCopy: boolean;
  }[];
}

export interface ConfigDocument {
  readonly format: "limaform.config";
  readonly version: 1;
  readonly file: string;
  readonly values: JsonObject;
  readonly origins: Readonly<Record<string, Origin>>;
  readonly warnings: readonly string[];
}

export interface InitRequest {
  readonly template: "node" | "python" | "rust" | "go" | "full" | null;
  readonly from: string | null;
  readonly force: boolean;
}

export interface RunRequest {
  readonly argv: readonly string[];
  /** As typed (`1`, `1-3`, `1,4`, `all`, instance names); empty = all. */
  readonly workers: readonly string[];
  readonly parallel: number;
  readonly detach: boolean;
  readonly timeoutMs: number | null;
  /** Run although results of an earlier run have not been collected. */
  readonly continue: boolean;
}

export interface RunDocument {
  readonly format: "limaform.run";
  readonly version: 1;
  readonly run: string;
  readonly verdict: "done" | "failed" | "detached" | "interrupted";
  readonly workers: readonly {
    readonly slot: number;
    readonly instance: string;
    readonly state: "done" | "failed" | "working" | "timed_out" | "unreachable" | "cancelled";
    readonly exitCode: number | null;
    readonly elapsedMs: number;
    /** Folder on the host with stdout.log and stderr.log. */
    readonly output: string;
    readonly result: string | null;
    readonly commits: number;
    readonly error: ErrorDocument | null;
  }[];
}

export interface ResultSummary {
  /** `RUN/SLOT`. */
  readonly id: string;
  readonly run: string;
  readonly slot: number;
  readonly instance: string;
  readonly collectedAt: string;
  readonly base: string;
  readonly tip: string;
  readonly commits: number;
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
  /** Report categories that refuse `accept` for now. */
  readonly flagged: readonly string[];
  readonly accepted: { readonly branch: string; readonly commit: string; readonly at: string } | null;
  readonly refused: ErrorDocument | null;
}

export interface ResultsDocument {
  readonly format: "limaform.results";
  readonly version: 1;
  readonly results: readonly ResultSummary[];
}

export interface ResultDocument {
  readonly format: "limaform.result";
  readonly version: 1;
  readonly result: ResultSummary;
  readonly changes: readonly {
    readonly path: string;
    readonly status: string;
    readonly categories: readonly string[];
  }[];
  readonly log: readonly { readonly commit: string; readonly author: string; readonly subject: string }[];
}

/** Every method throws `LimaformError`s; documents are returned also for failed applies (verdict, error inside). */
export interface App {
  readonly emit: (body: EventBody) => void;
  /** First call: first stage of interrupt; second: second stage. Called by the signal handler of `base.ts`. */
  interrupt(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void;

  init(
    request: InitRequest,
  ): Promise<{ readonly file: string; readonly text: string; readonly notes: readonly string[] }>;
  /** Spec only; throws SpecError with `details.diagnostics`. */
  validate(): Promise<ConfigDocument>;
  config(): Promise<ConfigDocument>;
  plan(request: PlanRequest): Promise<Plan>;
  /** Reads and checks a saved plan's form (not its freshness). */
  readPlan(file: string): Promise<Plan>;
  writePlan(file: string, plan: Plan): Promise<void>;
  /** Takes the lock, checks freshness again, walks the graph. `saved`: apply once, refuse what moved. */
  apply(
    plan: Plan,
    options: { readonly parallel: number | null; readonly saved: boolean; readonly verbose: boolean },
  ): Promise<ApplyDocument>;
  drift(): Promise<DriftDocument>;
  status(workers: readonly string[]): Promise<StatusDocument>;
  list(options: { readonly allProjects: boolean }): Promise<ListDocument>;
  /** Addresses of the workers that were typed; errors name what does not exist. */
  resolveWorkers(
    typed: readonly string[],
  ): Promise<readonly { readonly slot: number; readonly address: Address; readonly instance: string }[]>;
  /** Exit code of the command in the worker. */
  shell(worker: string, argv: readonly string[]): Promise<number>;
  sshConfig(workers: readonly string[]): Promise<string>;
  /** Text edit of `workers` in the spec with layout kept; returns new text without writing. */
  spawnEdit(count: number, shrink: boolean): Promise<{ readonly before: number; readonly apply: () => Promise<void> }>;
  run(request: RunRequest): Promise<RunDocument>;
  results(): Promise<ResultsDocument>;
  result(id: string): Promise<ResultDocument>;
  acceptResult(
    id: string,
    options: { readonly keepCommits: boolean },
  ): Promise<{ readonly branch: string; readonly commit: string; readonly files: number }>;
  discardResult(id: string): Promise<void>;
  version(): Promise<JsonObject>;
  /** The last call: ends what was opened and the event stream. */
  close(outcome: { readonly exitCode: number }): Promise<void>;
}

export type { DriftKind } from "../plan/drift.js";
export type { ApplyDocument, ApplyStepResult, DriftDocument, WorkFinding };
