import type { ErrorDocument } from "../events/event.js";
import type { BackChange, BackConsentGiven } from "../ports/back.js";

/* Code and files into workers and out of them. */

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
  /**
   * Remove what limaform brought and the host no longer has: the files that the user saw, by instance; `guarded`: as an
   * apply does, never many. Null = keep.
   */
  readonly deletes: Readonly<Record<string, readonly string[]>> | "all" | "guarded" | null;
  readonly checksum: boolean;
  readonly compress: boolean;
}

/** `sync --watch`: what `sync` does, again and again. */
export interface WatchSyncRequest extends Pick<SyncRequest, "words" | "paths" | "checksum" | "compress"> {
  /** null = `watch.interval`. */
  readonly intervalMs: number | null;
  /** In files mode: what is gone here goes there too, as in an apply (never many files at once). */
  readonly deletes: boolean;
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
  /** The files that git ignores in the worker, instead of the others. */
  readonly ignored: boolean;
  /** Compares contents in the worker instead of sizes and times. */
  readonly checksum: boolean;
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
  /** True for the files that git ignores in the worker. */
  readonly ignored: boolean;
  /** `status`: `same` both have it, `taken` written, `takeable` would be written, `waits` needs a word, `conflict` both changed it and both are kept, `refused` never written. */
  readonly changes: readonly BackChange[];
  /** Reasons for which nothing was written unattended. */
  readonly halted: readonly string[];
  /** What does not come, in words. */
  readonly notes: readonly string[];
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
