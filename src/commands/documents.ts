import type {
  ApplyDocument,
  ConfigDocument,
  CopyDocument,
  DoctorDocument,
  DriftDocument,
  ImageDiffDocument,
  ImageDocument,
  ImagePruneDocument,
  ListDocument,
  LogsDocument,
  ResultDiffDocument,
  ResultDocument,
  ResultsDocument,
  RunDocument,
  RunsDocument,
  SaveDocument,
  StatusDocument,
  SyncBackDocument,
  SyncDocument,
  TrustDocument,
  UnlockDocument,
  VersionFacts,
  WaitDocument,
} from "../app/app.js";
import type { ErrorDocument } from "../events/event.js";
import type { Plan } from "../plan/document.js";
import type { CommandInfo } from "../views/human/help.js";

/*
 * Everything that `--json` prints. A command can print nothing else: its document must be a member of this union. The
 * schemas in schemas/ are made from these types (`npm run schemas`), with the comments as descriptions.
 */
export type LimaformDocument =
  | Plan
  | ApplyDocument
  | DriftDocument
  | StatusDocument
  | ImageDocument
  | ImageDiffDocument
  | ImagePruneDocument
  | ListDocument
  | ConfigDocument
  | ValidateDocument
  | InitDocument
  | RunDocument
  | RunsDocument
  | LogsDocument
  | WaitDocument
  | ResultsDocument
  | ResultDocument
  | SaveDocument
  | SyncDocument
  | ResultDiffDocument
  | SyncBackDocument
  | CopyDocument
  | AcceptedDocument
  | DiscardedDocument
  | SshConfigDocument
  | DoctorDocument
  | TrustDocument
  | UnlockDocument
  | VersionDocument
  | HelpDocument
  | CompletionDocument
  | PrintedError;

type Format = LimaformDocument["format"];

/** Commands that print each document. Before the first step any command may print `limaform.error` instead. */
export const PRINTED_BY: Readonly<Record<Format, readonly string[]>> = {
  "limaform.plan": ["plan", "show"],
  "limaform.apply": ["apply", "build", "update", "destroy", "spawn", "stop", "start", "teardown", "adopt", "forget"],
  "limaform.drift": ["drift"],
  "limaform.status": ["status"],
  "limaform.image": ["image show"],
  "limaform.image-diff": ["image diff"],
  "limaform.image-prune": ["image prune"],
  "limaform.list": ["list"],
  "limaform.config": ["config"],
  "limaform.validate": ["validate"],
  "limaform.init": ["init"],
  "limaform.run": ["run", "runs show", "runs send", "runs cancel"],
  "limaform.runs": ["runs list"],
  "limaform.logs": ["logs"],
  "limaform.wait": ["wait"],
  "limaform.results": ["results list"],
  "limaform.result": ["results show"],
  "limaform.save": ["results show"],
  "limaform.sync": ["sync"],
  "limaform.result-diff": ["results diff"],
  "limaform.sync-back": ["sync-back"],
  "limaform.cp": ["cp"],
  "limaform.accepted": ["results accept"],
  "limaform.discarded": ["results discard"],
  "limaform.ssh-config": ["ssh-config"],
  "limaform.doctor": ["doctor"],
  "limaform.trust": ["trust"],
  "limaform.unlock": ["unlock"],
  "limaform.version": ["version"],
  "limaform.help": ["help"],
  "limaform.completion": ["completion"],
  "limaform.error": [],
};

/** A spec that is valid; an invalid one is a `limaform.error` with `details.diagnostics`. */
export interface ValidateDocument {
  readonly format: "limaform.validate";
  readonly version: 1;
  readonly valid: true;
  readonly file: string;
  readonly warnings: readonly string[];
}

/** The spec that was written. */
export interface InitDocument {
  readonly format: "limaform.init";
  readonly version: 1;
  readonly file: string;
  readonly notes: readonly string[];
}

/** A result that is now a branch of the user's repository. */
export interface AcceptedDocument {
  readonly format: "limaform.accepted";
  readonly version: 1;
  /** `RUN/SLOT`. */
  readonly result: string;
  readonly branch: string;
  readonly commit: string;
  readonly files: number;
}

/** A result that is gone. */
export interface DiscardedDocument {
  readonly format: "limaform.discarded";
  readonly version: 1;
  readonly result: string;
}

/** Text for ssh's `Include`. */
export interface SshConfigDocument {
  readonly format: "limaform.ssh-config";
  readonly version: 1;
  readonly text: string;
}

/** The versions of limaform and of what it stands on. */
export interface VersionDocument extends VersionFacts {
  readonly format: "limaform.version";
  readonly version: 1;
}

/** Commands with their arguments and flags: one, or all. */
export interface HelpDocument {
  readonly format: "limaform.help";
  readonly version: 1;
  readonly commands: readonly CommandInfo[];
}

/** A completion script. */
export interface CompletionDocument {
  readonly format: "limaform.completion";
  readonly version: 1;
  readonly shell: string;
  readonly script: string;
}

/** Why nothing was done: usage errors, refusals, failures and interrupts before a step has started. */
export interface PrintedError extends ErrorDocument {
  readonly format: "limaform.error";
  readonly version: 1;
}
