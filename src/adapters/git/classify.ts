import { RepositoryError } from "../../errors/errors.js";
import { escapeText } from "../../util/escape.js";
import { freeSpaceText } from "../host/free-space.js";
import type { RunOutcome } from "../process/run.js";

/**
 * The one place that reads git's failures: the error to throw, or null where the exit code is one of the answers.
 *
 * Errors: REPO_GIT_NOT_FOUND, REPO_TIMED_OUT, REPO_DISK_FULL, REPO_NOT_WRITABLE, REPO_DUBIOUS_OWNERSHIP, REPO_NOT_A_REPOSITORY, REPO_TOO_LARGE,
 * REPO_GIT_FAILED.
 */
export function classifyGit(outcome: RunOutcome, cwd: string, exitCodes: readonly number[]): RepositoryError | null {
  const { argv, exitCode, startError, isTimedOut, isCut, elapsedMs } = outcome;
  const details = { argv: [...argv], exitCode, stderr: lastLines(outcome.stderr) };
  if (startError !== null) {
    return new RepositoryError("REPO_GIT_NOT_FOUND", `git could not be started (${startError})`, {
      hint: "Install git, then check it with: git --version",
      details,
    });
  }
  if (isTimedOut) {
    return new RepositoryError(
      "REPO_TIMED_OUT",
      `git did not finish within ${Math.round(elapsedMs / 1000)} s in ${cwd}`,
      {
        hint: `Look whether it is slow by itself: git -C ${cwd} status`,
        details,
      },
    );
  }
  if (isCut) {
    return new RepositoryError("REPO_TOO_LARGE", `git printed more than limaform reads at once, in ${cwd}`, {
      details,
    });
  }
  if (exitCode !== null && exitCodes.includes(exitCode)) return null;
  return classifyText(outcome.stderr, cwd, details);
}

function classifyText(stderr: string, cwd: string, details: { stderr: string }): RepositoryError {
  if (/detected dubious ownership/u.test(stderr)) {
    return new RepositoryError("REPO_DUBIOUS_OWNERSHIP", `git refuses ${cwd}: it belongs to another user`, {
      hint: `Run limaform as its owner, or trust it: git config --global --add safe.directory ${cwd}`,
      details,
    });
  }
  if (/no space left on device|disk quota exceeded|out of disk ?space/iu.test(stderr)) {
    return new RepositoryError(
      "REPO_DISK_FULL",
      `git could not write for ${cwd}: no room is left; ${freeSpaceText(cwd)}`,
      {
        hint: `Make room, then run the same command again. To see how much there is: df -h ${cwd}`,
        details,
      },
    );
  }
  if (/read-only file system|insufficient permission|unable to create .*: permission denied/iu.test(stderr)) {
    return new RepositoryError("REPO_NOT_WRITABLE", `git may not write in ${cwd}: ${details.stderr}`, {
      hint: `Look whose it is, and whether its file system may be written: ls -ld ${cwd}; df ${cwd}`,
      details,
    });
  }
  if (/not a git repository|must be run in a work tree/u.test(stderr)) {
    return new RepositoryError("REPO_NOT_A_REPOSITORY", `${cwd} is not in a git work tree`, {
      hint: "Make one of it: git init",
      details,
    });
  }
  return new RepositoryError("REPO_GIT_FAILED", `git failed in ${cwd}: ${details.stderr || "no message"}`, {
    hint: `Look at the repository's health: git -C ${cwd} fsck`,
    details,
  });
}

/** The end of a message, escaped: parts of it may be names that a worker chose. */
function lastLines(stderr: string): string {
  return escapeText(stderr.trim().split("\n").slice(-3).join("\n")).slice(0, 600);
}
