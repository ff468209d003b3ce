import { EXIT } from "../errors/errors.js";

export interface ExitCodeText {
  readonly codes: readonly number[];
  /** As help says it. */
  readonly text: string;
  /** What a script or CI makes of it. */
  readonly next: string;
}

/** The contract's exit codes, for help and for docs/exit-codes.md. */
export const EXIT_CODES: readonly ExitCodeText[] = [
  { codes: [EXIT.done], text: "done, or nothing to do", next: "Go on." },
  {
    codes: [EXIT.failed],
    text: "failed, refused or declined",
    next: "Read the error: what failed, why, and the next command. `apply` may be repeated; it goes on from what is there.",
  },
  {
    codes: [EXIT.changes],
    text: "plan --detailed-exitcode: there are changes",
    next: "No failure: keep the plan (`--out`), have it looked at, apply it.",
  },
  {
    codes: [EXIT.drift],
    text: "drift: something drifted",
    next: "No failure: tell somebody. `limaform plan` says what would mend it.",
  },
  {
    codes: [EXIT.usage],
    text: "usage: flags, arguments, missing approval",
    next: "Correct the command line. Nothing was done. Repeating it changes nothing.",
  },
  { codes: [EXIT.bug], text: "a defect of limaform", next: "Please report it with `limaform version --verbose`." },
  {
    codes: [EXIT.lockBusy],
    text: "another limaform holds the lock",
    next: "Try again later, or wait for it: `--lock-timeout 10m`. Nothing was done.",
  },
  {
    codes: [EXIT.shellFailedBefore],
    text: "shell: limaform failed before the command",
    next: "Any other code of `shell -- COMMAND` is the command's own.",
  },
  {
    codes: [EXIT.hangup, EXIT.interrupted, EXIT.terminated],
    text: "ended by hang-up, interrupt, terminate",
    next: "Run the same command again: it goes on from what is there.",
  },
];
