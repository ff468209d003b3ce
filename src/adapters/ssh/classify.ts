import { GuestError } from "../../errors/errors.js";
import { escapeLine } from "../../util/escape.js";
import type { RunOutcome } from "../process/run.js";

/** ssh's own exit code for everything that is not the command's. */
const SSH_FAILED = 255;

/**
 * The one place that reads a failure of ssh.
 *
 * Errors: GUEST_TIMED_OUT, GUEST_HOST_KEY_CHANGED, GUEST_UNREACHABLE (transient), GUEST_SSH_MISSING. null = the command
 * ran, whatever its exit code.
 */
export function classifySsh(outcome: RunOutcome, instance: string): GuestError | null {
  const lines = outcome.stderr
    .trim()
    .split("\n")
    .slice(-6)
    .map((line) => escapeLine(line.trimEnd()));
  const details = { instance, exitCode: outcome.exitCode, timedOut: outcome.isTimedOut, stderr: lines };
  if (outcome.startError !== null) {
    return new GuestError("GUEST_SSH_MISSING", `cannot run ssh: ${outcome.startError}`, {
      hint: "Install the OpenSSH client, then run the same command again.",
      details,
    });
  }
  if (outcome.isTimedOut) {
    const seconds = Math.round(outcome.timeoutMs / 1000);
    return new GuestError("GUEST_TIMED_OUT", `a command in ${instance} did not end within ${seconds} s`, {
      hint: `limaform shell ${instance}`,
      details,
    });
  }
  if (outcome.exitCode !== SSH_FAILED && outcome.exitCode !== null) return null;
  // We ended it ourselves; the result says that it is cut.
  if (outcome.isCut && outcome.exitCode === null) return null;
  if (/host key verification failed|remote host identification has changed/i.test(outcome.stderr)) {
    return new GuestError(
      "GUEST_HOST_KEY_CHANGED",
      `${instance} answers with another host key than the one that was pinned at its first start`,
      {
        hint: `Nothing is sent to it. If you did not change its keys, replace it: limaform plan --replace ADDRESS`,
        details,
      },
    );
  }
  const said = lines.at(-1) || (outcome.signalName === null ? "no reason given" : `ssh ended by ${outcome.signalName}`);
  return new GuestError("GUEST_UNREACHABLE", `${instance} does not answer over SSH (${said})`, {
    hint: `limactl list ${instance}`,
    isTransient: true,
    details,
  });
}

export function notRunning(instance: string): GuestError {
  return new GuestError("GUEST_NOT_RUNNING", `${instance} is not running`, { hint: `limaform start ${instance}` });
}

/** A guest whose key nobody has pinned yet is not talked to, except by the wait for its first readiness. */
export function notPinned(instance: string): GuestError {
  return new GuestError("GUEST_NOT_READY", `${instance} has not been ready yet: its host key is not known`, {
    hint: `limaform start ${instance}`,
    isTransient: true,
  });
}
