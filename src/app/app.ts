import type { ErrorDocument, EventBody } from "../events/event.js";
import type { Plan } from "../plan/document.js";
import type { DriftDocument } from "../plan/drift.js";
import type { BackChange, BackConsentGiven } from "../ports/back.js";
import type { HeldLock } from "../ports/host.js";
import type { SaveDetails, SavedRef, SaveSummary } from "../ports/saves.js";
import type { ApplyDocument, ApplyStepResult } from "../reconcilers/result.js";
import type { Address, Intent, Origin } from "../resources/kind.js";
import type { FailureClass, RunState } from "../runs/state.js";
import type { Json, JsonObject } from "../util/json.js";
import type { WorkFinding } from "../world/world.js";
import type { DoctorDocument } from "./doctor-document.js";
import type { ImageDiffDocument, ImageDocument, ImagePruneDocument, PruneRequest } from "./image-documents.js";

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

export interface ApplyRequest {
  readonly parallel: number | null;
  /** A plan from a file: applied once, only where it was made, refused when what it is about has moved. */
  readonly saved: boolean;
  readonly verbose: boolean;
  /** Runs under the lock, right before the first step. */
  readonly before?: () => Promise<void>;
  /** For a plan made just now that no longer fits under the lock. Absent = it is refused. */
  readonly replanned?: Replanned;
}

export interface Replanned {
  /** Asks for the new plan; null where nobody can be asked: then only what was approved already may be done. */
  readonly approve: ((plan: Plan) => Promise<boolean>) | null;
  /** The plan that is walked instead: nothing is left to do, or less than was approved. */
  readonly use: (plan: Plan, left: "nothing" | "less") => void;
}

/** The fleet as it is: each worker asked over SSH. */
export interface StatusDocument {
  readonly format: "limaform.status";
  readonly version: 1;
  readonly project: string;
  readonly images: readonly ImageStatus[];
  readonly workers: readonly WorkerStatus[];
  readonly warnings: readonly string[];
}

export interface ImageStatus {
  readonly address: string;
  readonly instance: string;
  readonly revision: string;
  /** When it was finished (ISO 8601, UTC); empty while it is not, and such an image is never cloned. */
  readonly sealed: string;
  /** Since it was finished; null while it is not. */
  readonly ageMs: number | null;
  /** Instance it was cloned from; empty for the first of the chain. */
  readonly from: string;
  readonly status: string;
  readonly protected: boolean;
  /** Instances that were cloned from it, foreign copies too. */
  readonly users: readonly string[];
  /** From its creation to its seal; with a build that was taken up again the time between counts. Null where not noted. */
  readonly builtInMs: number | null;
  /** Used on the guest's root file system; null where not noted. */
  readonly usedBytes: number | null;
  /** What its steps resolved: tool or agent to version. */
  readonly versions: Readonly<Record<string, string>>;
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
  /**
   * The code there: `branch`, `commit`, `ahead` (commits on top of what was brought), `behind` (commits of HEAD that it lacks),
   * `dirty`, `unsaved` (things that exist only there), `work` of `{kind, count, bytes, saved}`, `pushed` (`commit`, `base`,
   * `carriedDigest`), `lastPush`, `lastPull`. A value that is not known is null; all of it is, before a push.
   */
  readonly git: JsonObject | null;
  /** The last run on it: `id`, `state`, `text`, `startedAt`, `updatedAt`, `collected`; null where nothing ran. */
  readonly run: JsonObject | null;
}

/** Instances as Lima lists them, without asking them. */
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

/** The resolved spec: every value with its origin. */
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

/** An agent at work instead of a command. */
export interface AgentChoice {
  /** null = `run.agent` of the spec, else the first of `agents`. */
  readonly name: string | null;
  /** Without it the agent runs in its safest unattended mode. */
  readonly isYolo: boolean;
  readonly model: string | null;
  /** Goes on with this conversation; null = a new one. */
  readonly conversation: string | null;
}

export interface RunRequest {
  /** null: a command. */
  readonly agent: AgentChoice | null;
  /** What the agent is to do; "" where a task list says it. */
  readonly prompt: string;
  /** The command; empty for an agent. */
  readonly argv: readonly string[];
  /** As typed (`1`, `1-3`, `1,4`, `all`, instance names); empty = all. */
  readonly workers: readonly string[];
  readonly parallel: number;
  readonly detach: boolean;
  readonly timeoutMs: number | null;
  /** Run although results of an earlier run have not been collected. */
  readonly continue: boolean;
  /** Wait until a busy worker is free instead of being refused. */
  readonly queue: boolean;
  /** Spread over the workers, one after another; null = the same command on each worker. */
  readonly tasks: readonly { readonly id: string; readonly prompt: string; readonly files: readonly string[] }[] | null;
  /** What `runs list` calls it; null = nothing. */
  readonly label: string | null;
  /** Folder of the user's that gets a copy of the output; absent = none. */
  readonly output?: string;
  /** True: `{{slot}}`, and of a task `{{task}}` and `{{prompt}}`, stand in the prompt for each part's own. */
  readonly isTemplate?: boolean;
}

export interface SendRequest {
  /** As typed. */
  readonly worker: string;
  readonly text: string;
  readonly isYolo: boolean;
  readonly detach: boolean;
  readonly timeoutMs: number | null;
}

/** Runs that this host knows of, the newest first. */
export interface RunsDocument {
  readonly format: "limaform.runs";
  readonly version: 1;
  readonly runs: readonly RunSummary[];
}

export interface RunSummary {
  readonly run: string;
  readonly label: string | null;
  /** The command, or the first line of the prompt; of a task list how many tasks it has. */
  readonly title: string;
  readonly startedAt: string;
  /** `live` while any of its parts may still be at work; `open` where tasks wait and nobody is at it. */
  readonly state: "live" | "open" | "done" | "failed";
  /** How many parts (workers, or tasks) are in each state. */
  readonly counts: { readonly [state: string]: number };
  /** Of them, whose work is not on this host yet. */
  readonly uncollected: number;
  /** Where it began, by instance name. */
  readonly workers: readonly string[];
}

export interface LogsRequest {
  /** As typed; empty = all. */
  readonly workers: readonly string[];
  /** `RUN`, `RUN/SLOT` or `RUN/TASK`; null = the last run of each worker. */
  readonly run: string | null;
  readonly follow: boolean;
  /** Only the last lines of each; null = all. */
  readonly tail: number | null;
  /** Only what came here within this time; null = all. Units: ms. */
  readonly sinceMs: number | null;
  /** The stream as the command or agent wrote it instead of the transcript. */
  readonly isRaw: boolean;
  /** Bytes as they are, for a terminal of one's own. */
  readonly onBytes?: (bytes: Uint8Array) => Promise<void>;
  /** The next batch comes when this one's promise resolves. */
  readonly onBatch?: (part: LogPart, lines: readonly LogLine[]) => Promise<void>;
}

/** Whose output it is. */
export interface LogPart {
  readonly run: string;
  /** Slot, or task. */
  readonly part: string;
  readonly slot: number;
  readonly instance: string;
}

export interface LogLine {
  readonly kind: "text" | "stderr" | "tool" | "toolFailed" | "denied" | "retry" | "waiting" | "result" | "note";
  /** Escaped. */
  readonly text: string;
  /** When it came here (ISO 8601, UTC); null for raw output. */
  readonly at: string | null;
}

/** Output of runs, escaped. Of long output the end: `limaform logs` without `--json` has no such bound. */
export interface LogsDocument {
  readonly format: "limaform.logs";
  readonly version: 1;
  readonly parts: readonly (LogPart & {
    readonly state: string;
    readonly lines: readonly LogLine[];
    /** True where earlier lines were left out. */
    readonly isCut: boolean;
  })[];
}

export interface WaitRequest {
  readonly workers: readonly string[];
  readonly for: "ready" | "run-done";
  /** null = without end. */
  readonly timeoutMs: number | null;
}

/** What was waited for. */
export interface WaitDocument {
  readonly format: "limaform.wait";
  readonly version: 1;
  readonly for: "ready" | "run-done";
  /** `failed`: what was waited for ended otherwise than well; `timed_out`: it did not come. */
  readonly verdict: "done" | "failed" | "timed_out";
  readonly elapsedMs: number;
  readonly workers: readonly {
    readonly slot: number;
    readonly instance: string;
    readonly isReached: boolean;
    /** State of the worker, or of its last run. */
    readonly state: string;
    readonly text: string;
  }[];
}

/** What a run came to: done only where every part is done and passed. */
export interface RunDocument {
  readonly format: "limaform.run";
  readonly version: 1;
  readonly run: string;
  readonly verdict: "done" | "failed" | "detached" | "interrupted";
  /** One part a worker, or a task. */
  readonly workers: readonly RunWorker[];
}

export interface RunWorker {
  /** 0: a task that no worker has yet. */
  readonly slot: number;
  /** Of a task list: the task. */
  readonly task?: string;
  readonly instance: string;
  /** null: a command. */
  readonly agent: string | null;
  /** `queued`: nobody has begun it. `lost`: its worker is gone, and nobody knows how far it came. */
  readonly state: RunState | "lost";
  /** Why it failed. */
  readonly failure: FailureClass | null;
  /** The evidence in one sentence. */
  readonly text: string;
  /** Since when it is in this state, by the worker's clock; null where nothing tells. */
  readonly since: string | null;
  /** When a limit of the model's provider ends, where that is known. */
  readonly until: string | null;
  /** `hooks.check` passed and no tool was denied; null while it is not over. */
  readonly passed: boolean | null;
  readonly checkExitCode: number | null;
  readonly warnings: readonly string[];
  readonly exitCode: number | null;
  readonly elapsedMs: number;
  readonly conversation: string | null;
  readonly model: string | null;
  readonly tokens: { readonly input: number; readonly output: number; readonly cached: number } | null;
  /** US dollars, the agent's own figure; null: it tells none (Codex and Gemini never do). */
  readonly costUsd: number | null;
  readonly toolCalls: number;
  readonly resultText: string | null;
  /** Folder on the host with stdout.log and stderr.log, after the end also pre_run.log and check.log. */
  readonly output: string;
  readonly result: string | null;
  readonly commits: number;
  /** Changed files and lines of the result. */
  readonly files: number;
  readonly additions: number;
  readonly deletions: number;
  readonly error: ErrorDocument | null;
}

export interface ResultSummary {
  /** `RUN/SLOT`, or `RUN/TASK`. */
  readonly id: string;
  readonly run: string;
  readonly slot: number;
  /** Of a task list: the task. */
  readonly task?: string;
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

/** What came back from runs and waits to be taken over. */
export interface ResultsDocument {
  readonly format: "limaform.results";
  readonly version: 1;
  readonly results: readonly ResultSummary[];
  /** Work that was saved before something ended it; the newest first. */
  readonly saves: readonly SaveSummary[];
  /** Runs that ended and whose work could not be brought here just now: it is still in the worker. */
  readonly uncollected: readonly {
    readonly run: string;
    readonly slot: number;
    readonly instance: string;
    readonly error: ErrorDocument;
  }[];
}

/** One result: its files with what is dangerous in them, and its commits. */
export interface ResultDocument {
  readonly format: "limaform.result";
  readonly version: 1;
  readonly result: ResultSummary;
  readonly changes: readonly {
    readonly path: string;
    readonly status: string;
    readonly categories: readonly string[];
    /** Of a flagged change: the first commit that gave the path what it has now. */
    readonly commit?: string;
    /** Of a lock file whose sources are understood: hosts that are new and that are gone; null = not looked into. */
    readonly sources?: { readonly added: readonly string[]; readonly removed: readonly string[] } | null;
  }[];
  readonly log: readonly { readonly commit: string; readonly author: string; readonly subject: string }[];
}

/** `results show save/N`. */
export interface SaveDocument extends SaveDetails {
  readonly format: "limaform.save";
  readonly version: 1;
}

export interface AcceptedResult {
  readonly branch: string;
  readonly commit: string;
  readonly files: number;
  /** Of a save: all lines that are in the repository now. */
  readonly refs?: readonly SavedRef[];
}

export interface CopyRequest {
  /** As typed: paths of this host, or `W:PATH`. */
  readonly sources: readonly string[];
  readonly target: string;
}

/** Files that were copied into a worker or out of one. */
export interface CopyDocument {
  readonly format: "limaform.cp";
  readonly version: 1;
  readonly direction: "in" | "out";
  readonly instance: string;
  readonly target: string;
  readonly files: number;
  readonly bytes: number;
  readonly notes: readonly string[];
}

export interface SyncRequest {
  /** Workers and paths as typed; what is no worker is a path. */
  readonly words: readonly string[];
  /** Typed after `--`: paths, whatever they look like. */
  readonly paths: readonly string[];
  readonly dryRun: boolean;
  /** Remove what limaform brought and the host no longer has: the files that the user saw, by instance. Null = keep. */
  readonly deletes: Readonly<Record<string, readonly string[]>> | "all" | null;
  readonly checksum: boolean;
  readonly compress: boolean;
}

/** Code into workers, and what became of it. */
export interface SyncDocument {
  readonly format: "limaform.sync";
  readonly version: 1;
  readonly project: string;
  readonly mode: "git" | "files";
  readonly dryRun: boolean;
  /** HEAD; null in files mode. */
  readonly commit: string | null;
  /** `diverged`: nothing failed, and some worker's own work stood in the way. */
  readonly verdict: "done" | "diverged" | "failed" | "interrupted";
  readonly workers: readonly SyncedWorker[];
  readonly notes: readonly string[];
}

export interface SyncedWorker {
  readonly slot: number;
  readonly instance: string;
  /** In a dry run: what it would be. `diverged`: the worker has work of its own, which nothing was written over. */
  readonly outcome: "updated" | "unchanged" | "diverged" | "failed";
  /** What the worker stands on now; empty where nothing was brought. */
  readonly base: string;
  readonly changes: readonly { readonly path: string; readonly change: string }[];
  /** Files that limaform brought and that are gone here; they go there only with `--delete`. Files mode. */
  readonly gone: readonly string[];
  readonly deleted: boolean;
  readonly text: string;
  /** What to do about it. */
  readonly next: readonly string[];
  readonly elapsedMs: number;
  readonly error: ErrorDocument | null;
}

export interface SyncBackRequest {
  /** Slot or instance name. */
  readonly worker: string;
  /** As typed, relative to the current folder; empty = `sync.from.default_paths`. */
  readonly paths: readonly string[];
  readonly dryRun: boolean;
  /** Given what the worker offers: what may be taken. null = nothing at all. */
  readonly decide: (offer: SyncBackDocument) => Promise<BackConsentGiven | null>;
}

/** Files of a worker that it changed since both sides last agreed, and what became of each on the host. */
export interface SyncBackDocument {
  readonly format: "limaform.sync-back";
  readonly version: 1;
  readonly slot: number;
  readonly instance: string;
  /** Folder on the host that the paths are relative to. */
  readonly root: string;
  readonly dryRun: boolean;
  /** `status`: `same` both have it, `taken` written, `takeable` would be written, `waits` needs a word, `conflict` both changed it and both are kept, `refused` never written. */
  readonly changes: readonly BackChange[];
  /** Reasons for which nothing was written unattended. */
  readonly halted: readonly string[];
  /** Bare repository that keeps the worker's versions. */
  readonly quarantine: string;
  readonly summary: {
    readonly taken: number;
    readonly takeable: number;
    readonly waits: number;
    readonly conflicts: number;
    readonly refused: number;
  };
}

export interface WatchBackRequest {
  readonly worker: string;
  /** Empty = `watch.default_paths`. */
  readonly paths: readonly string[];
  /** null = `watch.interval`. */
  readonly intervalMs: number | null;
  /** Pulls as soon as the worker tells of a change too. */
  readonly live: boolean;
}

/** The text of a result's changes, escaped for a terminal. */
export interface ResultDiffDocument {
  readonly format: "limaform.result-diff";
  readonly version: 1;
  readonly result: string;
  readonly paths: readonly string[];
  readonly text: string;
  /** True where the text was longer than is kept. */
  readonly isCut: boolean;
}

export interface VersionFacts {
  readonly limaform: string;
  readonly node?: string;
  readonly lima?: string;
  /** Real path of LIMA_HOME. */
  readonly limaHome?: string;
  /** True where guests are emulated in software. */
  readonly emulated?: boolean;
  /** Why the rest is not known. */
  readonly problem?: string;
}

/** What the spec reaches for outside its repository, and whether this user trusts it with that. */
export interface TrustDocument {
  readonly format: "limaform.trust";
  readonly version: 1;
  readonly project: string;
  readonly ownerPath: string;
  /** Of exactly these files and this repository. */
  readonly digest: string;
  /** True also where there is nothing to trust. */
  readonly trusted: boolean;
  readonly files: readonly {
    readonly key: string;
    readonly path: string;
    /** Where the path leads. */
    readonly file: string;
    /** `FILE:LINE:COLUMN` of the spec. */
    readonly place: string;
  }[];
}

/** Locks of the project that were looked at or released: its own, and the leases of its workers. */
export interface UnlockDocument {
  readonly format: "limaform.unlock";
  readonly version: 1;
  readonly project: string;
  readonly locks: readonly HeldLock[];
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
  /** Takes the lock, checks freshness again, walks the graph. null: a plan that had to be made anew was declined. */
  apply(plan: Plan, request: ApplyRequest): Promise<ApplyDocument | null>;
  drift(): Promise<DriftDocument>;
  status(workers: readonly string[]): Promise<StatusDocument>;
  /** Until it is interrupted (INTERRUPTED is thrown). */
  watchStatus(workers: readonly string[], onDocument: (document: StatusDocument) => void): Promise<never>;
  /** By instance name, address or revision; null = the newest golden image. */
  image(typed: string | null): Promise<ImageDocument>;
  imageDiff(typed: { readonly before: string; readonly after: string }): Promise<ImageDiffDocument>;
  /** What `image prune` would remove, as a plan and in bytes. Changes nothing. */
  prunable(request: PruneRequest): Promise<{ readonly plan: Plan; readonly document: ImagePruneDocument }>;
  /** Removes no more than was shown. */
  prune(request: PruneRequest, plan: Plan): Promise<ImagePruneDocument>;
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
  /** Files between this host and one worker, checked on the way out. */
  cp(request: CopyRequest): Promise<CopyDocument>;
  /** Brings code into workers. A worker's own work is never written over. */
  sync(request: SyncRequest): Promise<SyncDocument>;
  /** A prompt from the repository's templates. Errors: USAGE_TEMPLATE. */
  readTemplate(name: string, given: { readonly vars: readonly string[]; readonly hasTasks: boolean }): Promise<string>;
  /** Errors: USAGE_TASKS_FILE with all that is wrong with it. */
  readTasks(file: string): Promise<NonNullable<RunRequest["tasks"]>>;
  runs(): Promise<RunsDocument>;
  /** By `RUN`, or one part of it. */
  showRun(id: string): Promise<RunDocument>;
  cancelRun(id: string): Promise<RunDocument>;
  /** Follows it to its end and collects it; a task list goes on. */
  attachRun(id: string): Promise<RunDocument>;
  /** Goes on with the conversation of the worker's last run. */
  send(request: SendRequest): Promise<RunDocument>;
  logs(request: LogsRequest): Promise<LogsDocument>;
  wait(request: WaitRequest): Promise<WaitDocument>;
  results(): Promise<ResultsDocument>;
  /** By `RUN/SLOT`, or `save/N`. */
  result(id: string): Promise<ResultDocument | SaveDocument>;
  /** `allow`: categories of the report. */
  acceptResult(
    id: string,
    options: { readonly keepCommits: boolean; readonly allow: readonly string[] },
  ): Promise<AcceptedResult>;
  discardResult(id: string): Promise<void>;
  resultDiff(id: string, paths: readonly string[]): Promise<ResultDiffDocument>;
  /** Shows a text on the terminal, page by page. False = there is no pager, and nothing was shown. */
  page(text: string): Promise<boolean>;
  syncBack(request: SyncBackRequest): Promise<SyncBackDocument>;
  /** Ends with the first signal, after the pull that is under way. */
  watchBack(request: WatchBackRequest): Promise<void>;
  /** Reads nothing but the spec and the user's own store. */
  trust(): Promise<TrustDocument>;
  changeTrust(change: "grant" | "revoke"): Promise<TrustDocument>;
  locks(): Promise<UnlockDocument>;
  /** Removes exactly these, if they are still held as they were. Errors: LOCK_BUSY for one whose holder lives. */
  unlock(locks: readonly HeldLock[]): Promise<UnlockDocument>;
  /** Needs no spec: what is missing for limaform on this machine. */
  doctor(): Promise<DoctorDocument>;
  version(): Promise<VersionFacts>;
  /** The last call: ends what was opened and the event stream. */
  close(outcome: { readonly exitCode: number }): Promise<void>;
}

export type { DriftKind } from "../plan/drift.js";
export type { BackChange, BackConsentGiven } from "../ports/back.js";
export type { HeldLock } from "../ports/host.js";
export type { SavedRef, SaveSummary } from "../ports/saves.js";
export type { DoctorCheck, DoctorDocument, DoctorStatus, DoctorSystem } from "./doctor-document.js";
export type { ImageChange, ImageDiffDocument, ImageDocument, ImagePruneDocument } from "./image-documents.js";
export type { ApplyDocument, ApplyStepResult, DriftDocument, WorkFinding };
