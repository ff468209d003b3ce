import type { ErrorDocument, EventBody } from "../events/event.js";
import type { Plan } from "../plan/document.js";
import type { DriftDocument } from "../plan/drift.js";
import type { HeldLock } from "../ports/host.js";
import type { SaveDetails, SavedRef, SaveSummary } from "../ports/saves.js";
import type { ApplyDocument, ApplyStepResult } from "../reconcilers/result.js";
import type { Address, Intent, Origin } from "../resources/kind.js";
import type { Json, JsonObject } from "../util/json.js";
import type { WorkFinding } from "../world/world.js";
import type { DoctorDocument } from "./doctor-document.js";
import type { ImageDiffDocument, ImageDocument, ImagePruneDocument, PruneRequest } from "./image-documents.js";
import type {
  LogsDocument,
  LogsRequest,
  RunDocument,
  RunRequest,
  RunsDocument,
  SendRequest,
  WaitDocument,
  WaitRequest,
} from "./run-documents.js";
import type {
  CopyDocument,
  CopyRequest,
  SyncBackDocument,
  SyncBackRequest,
  SyncDocument,
  SyncRequest,
  WatchBackRequest,
  WatchSyncRequest,
} from "./sync-documents.js";

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
  /** True: some files of the worker could not be taken up. They are still in it, and not in here. Absent = false. */
  readonly isPartial?: boolean;
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
  /** Empty in files mode: the files themselves were written. */
  readonly branch: string;
  readonly commit: string;
  readonly files: number;
  /** Of a save: all lines that are in the repository now. */
  readonly refs?: readonly SavedRef[];
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
  /** Until the first signal; tells by events alone. */
  watchSync(request: WatchSyncRequest): Promise<void>;
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
export type {
  AgentChoice,
  LogLine,
  LogPart,
  LogsDocument,
  LogsRequest,
  RunDocument,
  RunRequest,
  RunSummary,
  RunsDocument,
  RunWorker,
  SendRequest,
  WaitDocument,
  WaitRequest,
} from "./run-documents.js";
export type {
  CopyDocument,
  CopyRequest,
  SyncBackDocument,
  SyncBackRequest,
  SyncDocument,
  SyncedWorker,
  SyncRequest,
  WatchBackRequest,
  WatchSyncRequest,
} from "./sync-documents.js";
export type { ApplyDocument, ApplyStepResult, DriftDocument, WorkFinding };
