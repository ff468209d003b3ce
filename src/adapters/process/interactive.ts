import { type ChildProcess, spawn } from "node:child_process";

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
  const { exitCode, signalName } = await endOf(request, "inherit", () => {});
  return exitCode ?? 128 + signalNumber(signalName ?? "");
}

/** Hands a text to a child that has the terminal. False where it cannot be started. */
export async function runWithText(request: InteractiveRequest, text: string): Promise<boolean> {
  const feed = ({ stdin }: ChildProcess): void => {
    // It may end before it has read all, as a pager does.
    stdin?.on("error", () => {}).end(text);
  };
  return endOf(request, "pipe", feed).then(
    () => true,
    () => false,
  );
}

interface End {
  readonly exitCode: number | null;
  readonly signalName: string | null;
}

/** Rejects where it cannot be started. */
function endOf(
  { command, args, cwd, env }: InteractiveRequest,
  stdin: "inherit" | "pipe",
  onStart: (child: ChildProcess) => void,
): Promise<End> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: [stdin, "inherit", "inherit"] });
    // A limaform that ends before it takes the child along: nobody else would.
    const end = (): void => void child.kill();
    process.once("exit", end);
    child.once("error", reject);
    child.once("close", (exitCode, signalName) => {
      process.off("exit", end);
      resolve({ exitCode, signalName });
    });
    onStart(child);
  });
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
