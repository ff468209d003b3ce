import { execa } from "execa";

export interface InteractiveRequest {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs a child on the terminal's own streams and in its foreground group, so that keys (Ctrl-C too) reach it. No time
 * limit: a person sits in front of it.
 *
 * Returns its exit code; 128 + n where signal n ended it. Errors: rejects with the system's error where it cannot start.
 */
export async function runInteractive(request: InteractiveRequest): Promise<number> {
  const result = await execa(request.command, [...request.args], {
    cwd: request.cwd,
    env: { ...request.env },
    extendEnv: false,
    stdio: "inherit",
    reject: false,
    buffer: false,
  });
  if (result.exitCode !== undefined) return result.exitCode;
  if (result.signal !== undefined) return 128 + signalNumber(result.signal);
  throw result.cause instanceof Error ? result.cause : new Error(`cannot start ${request.command}`);
}

/** Hands a text to a child that has the terminal. False where it cannot be started. */
export async function runWithText(request: InteractiveRequest, text: string): Promise<boolean> {
  const result = await execa(request.command, [...request.args], {
    cwd: request.cwd,
    env: { ...request.env },
    extendEnv: false,
    input: text,
    stdout: "inherit",
    stderr: "inherit",
    reject: false,
    buffer: false,
  });
  return result.exitCode !== undefined || result.signal !== undefined;
}

const NUMBERS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function signalNumber(name: string): number {
  return NUMBERS[name] ?? 0;
}
