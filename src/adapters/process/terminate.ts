/**
 * Ends a whole process group: SIGTERM at once, SIGKILL after the delay.
 *
 * Returns a function that calls the SIGKILL off; to be called when the group's leader is gone and its streams are
 * closed. A group that no longer exists is fine.
 */
export function terminateGroup(leaderPid: number, killDelayMs: number): () => void {
  signalGroup(leaderPid, "SIGTERM");
  const timer = setTimeout(() => signalGroup(leaderPid, "SIGKILL"), killDelayMs);
  return () => clearTimeout(timer);
}

function signalGroup(leaderPid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leaderPid, signal);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    // ESRCH: all gone already. EPERM: on macOS, a group whose only members are zombies.
    if (code !== "ESRCH" && code !== "EPERM") throw error;
  }
}
