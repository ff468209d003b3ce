import { GuestError, RepositoryError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import type { RunOutcome } from "../process/run.js";

/** Some files went: those that vanished meanwhile (24, or 23 with a name that is gone) are worth another try. */
export const VANISHED = new Set([23, 24]);

const MEANING: Readonly<Record<number, string>> = {
  1: "this rsync does not know an option (is it another program of that name?)",
  2: "the two ends do not understand each other: does the worker's shell print something at login, or is its rsync too old?",
  3: "a path was refused",
  11: "a file could not be written: is the disk full?",
  12: "the connection broke off, or the worker's rsync ended",
  20: "it was ended by a signal",
  22: "it ran out of memory",
  23: "some files could not be brought",
  24: "some files vanished while they were read",
  25: "it would delete more than allowed",
  30: "nothing moved for too long",
  126: "the worker's rsync cannot be run",
  127: "there is no rsync in the worker",
};

/** Which way the files go. */
type Way = "to" | "from";

/**
 * The one place that reads rsync's failures; null where it ended with 0, or where some files vanished.
 *
 * Errors: RSYNC_NOT_FOUND, RSYNC_TIMED_OUT, RSYNC_MISSING_IN_WORKER, RSYNC_DISK_FULL, GUEST_UNREACHABLE (transient),
 * RSYNC_FAILED. Source: rsync(1), "EXIT VALUES"; measured with 3.5.0.
 */
export function classifyRsync(outcome: RunOutcome, instance: string, way: Way = "to"): Error | null {
  const { exitCode, stderr, startError, isTimedOut } = outcome;
  const lines = stderr
    .trim()
    .split("\n")
    .slice(-5)
    .map((line) => escapeLine(line));
  const details = { instance, exitCode, stderr: lines };
  if (startError !== null) {
    const hint = "install rsync on this host (apt install rsync, brew install rsync)";
    return new RepositoryError("RSYNC_NOT_FOUND", `rsync could not be started (${startError})`, { hint, details });
  }
  if (isTimedOut) {
    const hint = `look whether the worker answers: limaform shell ${instance}`;
    return new RepositoryError("RSYNC_TIMED_OUT", `rsync ${way} ${instance} did not end in time`, { hint, details });
  }
  if (exitCode === 0 || (exitCode !== null && VANISHED.has(exitCode))) return null;
  if (exitCode === 255) {
    const said = `${instance} does not answer over SSH (${lines.at(-1) ?? ""})`;
    return new GuestError("GUEST_UNREACHABLE", said, { hint: `limactl list ${instance}`, isTransient: true, details });
  }
  if (exitCode === 127) {
    const hint = 'have it in the image: tools.apt = ["rsync"] or hooks.post_provision in limaform.toml';
    return new RepositoryError("RSYNC_MISSING_IN_WORKER", `there is no rsync in ${instance}`, { hint, details });
  }
  if (/no space left on device|disk quota exceeded/iu.test(stderr)) {
    if (way === "from") {
      const hint = "make room on this host; to see it: df -h";
      return new RepositoryError("RSYNC_DISK_FULL", `this host has no room for the files of ${instance}`, {
        hint,
        details,
      });
    }
    const hint = `make room in it: limaform shell ${instance} -- df -h; or give it a larger vm.disk in limaform.toml`;
    return new RepositoryError("RSYNC_DISK_FULL", `the disk of ${instance} is full`, { hint, details });
  }
  return rsyncFailed(instance, exitCode, lines, way);
}

/** A failure with the meaning of its code. `lines`: escaped. */
export function rsyncFailed(
  instance: string,
  exitCode: number | null,
  lines: readonly string[],
  way: Way = "to",
): RepositoryError {
  const meaning = exitCode === null ? "it was ended by a signal" : (MEANING[exitCode] ?? `exit code ${exitCode}`);
  const said = lines.filter((line) => line !== "").map((line) => `\n${line}`);
  return new RepositoryError("RSYNC_FAILED", `rsync ${way} ${instance} failed: ${meaning}${said.join("")}`, {
    hint: `try once more; look at the worker: limaform shell ${instance}`,
    details: { instance, exitCode, stderr: [...lines] },
  });
}
