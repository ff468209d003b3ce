import type { Tokens } from "../backends/stream-event.js";
import type { StoreError } from "../errors/errors.js";
import type { RunJudgement } from "../runs/state.js";
import type { RunPart } from "../util/run-part.js";
import type { GuestResult } from "./guest.js";
import type { CallOptions } from "./instances.js";
import type { Secret } from "./secrets.js";

/** One worker's part of a run, or one task of its list. */
export interface RunTarget extends RunPart {
  readonly instance: string;
}

export interface RunStartRequest extends RunTarget {
  readonly argv: readonly string[];
  /** Folder in the guest where the command runs, `~` in front allowed. */
  readonly cwd: string;
  /** Plain, public environment: it is written to a file in the guest (readable by its user alone). */
  readonly env: Readonly<Record<string, string>>;
  /** The unit is ended by the guest itself after this time; null = no limit. Units: ms, rounded up to seconds. */
  readonly timeoutMs: number | null;
  /** Base commit of the worker's tree now, for the result; null outside a repository. */
  readonly base: string | null;
  /** Name of the agent that reads `argv`'s output; null = a command. */
  readonly agent: string | null;
  /** Scripts before and after it, in its folder and environment. */
  readonly hooks: RunHooks;
  /** Variables of the unit alone: kept in its memory, and taken out of all that it prints. */
  readonly secrets: readonly Secret[];
  /** Below the home folder: where agents keep transcripts of their own, which the secrets are taken out of at the end. */
  readonly stateFolders: readonly string[];
  /** After how long without progress it counts as stuck. Units: ms. */
  readonly stuckAfterMs: number;
  readonly label: string | null;
}

export interface RunHooks {
  /** `hooks.pre_run`: its failure ends the run before the agent. */
  readonly before: string | null;
  /** `hooks.check`: its exit code decides between passed and not passed. */
  readonly after: string | null;
}

/** What an agent's own output says; all null or empty for a command. */
export interface RunReport {
  /** With it a finished conversation goes on. */
  readonly conversation: string | null;
  readonly model: string | null;
  readonly tokens: Tokens | null;
  /** The agent's own figure. Units: US dollars; null where it tells none. */
  readonly costUsd: number | null;
  readonly toolCalls: number;
  /** One line, untrusted. */
  readonly lastAction: string;
  /** Its last words, untrusted; null while it is at work. */
  readonly resultText: string | null;
}

/** What this host knows of one worker's part of a run; kept as `runs/RUN/SLOT/run.json` (or `RUN/TASK`) in the state folder. */
export interface RunRecord extends RunTarget, RunJudgement, RunReport {
  readonly argv: readonly string[];
  readonly agent: string | null;
  readonly label: string | null;
  readonly base: string | null;
  readonly stuckAfterMs: number;
  /** ISO 8601, by this host's clock. */
  readonly startedAt: string;
  readonly updatedAt: string;
  /** By the worker's clock; null while it runs. Untrusted. */
  readonly endedAt: string | null;
  /** Folder on the host with stdout.log and stderr.log, after the end also pre_run.log and check.log. */
  readonly output: string;
}

/** A part of a run whose record cannot be read. */
export interface DamagedRun {
  readonly run: string;
  /** Its folder's name: slot or task. */
  readonly name: string;
  /** The file, absolute. */
  readonly path: string;
  /** STORE_DAMAGED, with what can be done. */
  readonly error: StoreError;
}

export interface RunSurvey {
  readonly records: readonly RunRecord[];
  /** Newest run first. */
  readonly damaged: readonly DamagedRun[];
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Limit of one call into the guest. */
  readonly timeoutMs: number;
  /** How long no answer is borne before the state is `unreachable`. */
  readonly unreachableAfterMs: number;
  /** When a run that the worker still shows as running counts as timed out. Absent = never. Units: ms. */
  readonly endsAfterMs?: number;
  /** It was started this moment: where the worker told that it is at work, the first look waits long. Default false. */
  readonly isNew?: boolean;
  /** Each new line of output, escaped for a terminal. */
  readonly onLine?: (line: string, stream: "stdout" | "stderr") => void;
  /** The record after each look that changed its state or last action. */
  readonly onChange?: (record: RunRecord) => void;
}

/** Where a worker stands, by its own word. */
export interface CodeStand {
  /** Commit that limaform brought last. */
  readonly base: string;
  readonly head: string;
  /** null where HEAD is detached. */
  readonly branch: string | null;
  /** Nothing is changed, and nothing untracked. */
  readonly isClean: boolean;
  /** Files mode: how many files the base has, once it is clean. */
  readonly files: number;
}

/**
 * One session in a worker that is opened before it is certain that a run may start there: it tells first where its code
 * stands, and starts what it is given then. What is never given anything starts nothing.
 */
export interface Approach {
  /** Resolves when it is on its way, or is over already. */
  readonly underWay: Promise<void>;
  /** Asked once, now; null where the worker does not say where it stands. Errors: GUEST_…. */
  look(): Promise<CodeStand | null>;
  /** For `Runs.start`: null where the session was over before anything was given to it. Errors: GUEST_…. */
  give(input: string): Promise<GuestResult | null>;
  /** Resolves when nothing of it is left. */
  close(): Promise<void>;
}

/** Commands that run detached in guests, as systemd units (design page §8). Errors: RUN_…, GUEST_…. */
export interface Runs {
  /**
   * Starts the command and returns once its unit exists. The same run started twice on a worker runs once.
   *
   * Errors: RUN_START_FAILED, RUN_COMMAND_INVALID.
   */
  start(request: RunStartRequest, options: CallOptions & { readonly through?: Approach }): Promise<RunRecord>;
  /** Opens the session that `start` may go `through`; `timeoutMs` bounds it as a whole. */
  approach(place: { readonly instance: string; readonly guestPath: string }, options: CallOptions): Approach;
  /**
   * Brings output and state here until the run ended or cannot be reached any more; goes on where an earlier call was
   * cut off. An aborted signal ends the following (its reason is thrown), never the run.
   *
   * Errors: RUN_NOT_FOUND when this host has no record of it.
   */
  follow(target: RunTarget, options: FollowOptions): Promise<RunRecord>;
  /** State and new output, without waiting for more: one piece of it, or with `all` what there is. */
  refresh(target: RunTarget, options: CallOptions & { readonly all?: boolean }): Promise<RunRecord>;
  /** Its state now; nothing is noted. Only an agent's output comes here: what it is at stands there. */
  look(target: RunTarget, options: CallOptions): Promise<RunRecord>;
  /** Whether the worker shows that it was started there; null: it does not answer. */
  isThere(target: RunTarget, options: CallOptions): Promise<boolean | null>;
  /**
   * Brings the readable transcript to where the raw output here is; another process that does that is waited for.
   *
   * Errors: LOCK_BUSY.
   */
  tell(target: RunTarget, options: CallOptions): Promise<void>;
  /** Ends all processes of it. A run that has ended stays as it ended. */
  cancel(target: RunTarget, options: CallOptions): Promise<RunRecord>;
  /** Its output is here and its tree holds nothing new: it counts as collected in the worker. */
  markCollected(target: RunTarget, options: CallOptions): Promise<void>;
  /** Whether the worker shows that it was started there and its work was not collected; null: it does not say. */
  isLeft(target: RunTarget, options: CallOptions): Promise<boolean | null>;
  /** Records of this host that can be read: newest run first, then by slot. */
  list(): Promise<readonly RunRecord[]>;
  /** Those of one run, all of them. Errors: STORE_DAMAGED where one cannot be read. */
  ofRun(run: string): Promise<readonly RunRecord[]>;
  /** As `list`, and which cannot be read. */
  survey(): Promise<RunSurvey>;
  /** Lets go of what is held for the transcripts. */
  close(): Promise<void>;
}
