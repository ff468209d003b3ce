import { GuestError } from "../../errors/errors.js";
import type { Guest, GuestCommand, GuestOptions, GuestResult } from "../../ports/guest.js";
import type { Clock } from "../../ports/host.js";
import type { InstanceFiles, InstanceReader } from "../../ports/instances.js";
import { escapeLine } from "../../util/escape.js";
import { quoteWords } from "../../util/shell-quote.js";
import { runInteractive } from "../process/interactive.js";
import { run } from "../process/run.js";
import { classifySsh, notRunning } from "./classify.js";
import { type Connection, openConnection } from "./connection.js";
import { createLimit } from "./limit.js";
import { waitReady } from "./ready.js";
import { interactiveLine, remoteLine } from "./remote-command.js";

const MAX_OUTPUT_BYTES = 1024 * 1024;
/** Less than a step that is ended is waited for. */
const END_SCOPE_MS = 10_000;
/** sshd allows ten sessions on one connection; git and rsync take theirs beside ours. */
const SESSIONS = 7;

export interface GuestAdapterOptions {
  /** Real path of LIMA_HOME. */
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly files: InstanceFiles;
  readonly clock: Clock;
  /** Asked only after a failure: does the VM run at all? */
  readonly reader: Pick<InstanceReader, "inspect">;
}

/**
 * Commands in guests over OpenSSH. One connection an instance, which later commands of the same user find still open: a
 * new one takes longer than a push of nothing.
 */
export function createGuest(options: GuestAdapterOptions): Guest {
  const childEnv = sshEnv(options.env);
  const isRunning = async (instance: string, signal: AbortSignal): Promise<boolean> => {
    const facts = await options.reader.inspect(instance, signal);
    return facts !== null && facts.status !== "stopped";
  };
  const limits = new Map<string, ReturnType<typeof createLimit>>();
  let units = 0;

  const connect = (instance: string): Promise<Connection> => openConnection(options, instance, true);
  const limitOf = (instance: string) => {
    const limit = limits.get(instance) ?? createLimit(SESSIONS);
    limits.set(instance, limit);
    return limit;
  };

  return {
    exec: (instance, command, execOptions) =>
      limitOf(instance)(async () => {
        const connection = await connect(instance);
        const target = { connection, instance, childEnv };
        units += 1;
        // Two calls of one name may overlap, and what an earlier one left running keeps its scope.
        const unit = command.unit === undefined ? undefined : `${command.unit}-${units}`;
        try {
          return await execOnce(target, unit === undefined ? command : { ...command, unit }, execOptions);
        } catch (error) {
          if (unit !== undefined) await endScope(target, unit);
          // The port may belong to something else by now.
          if (isConnectionError(error) && !(await isRunning(instance, execOptions.signal))) throw notRunning(instance);
          throw error;
        }
      }),

    waitReady: (instance, readyOptions) => waitReady({ ...options, childEnv, isRunning }, instance, readyOptions),

    async openShell(instance, argv, cwd) {
      const connection = await connect(instance);
      const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
      const exitCode = await runInteractive({
        command: "ssh",
        args: [...connection.args, isTerminal ? "-t" : "-T", connection.alias, interactiveLine(argv, cwd)],
        cwd: "/",
        env: { ...childEnv, TERM: options.env.TERM ?? "dumb" },
      });
      if (exitCode !== 255) return exitCode;
      throw new GuestError("GUEST_UNREACHABLE", `the connection to ${instance} failed or was lost`, {
        hint: `limactl list ${instance}`,
        isTransient: true,
      });
    },

    async sshConfig(instance) {
      return (await openConnection(options, instance, true)).config;
    },

    async sshCommand(instance) {
      const { args, alias } = await connect(instance);
      return { command: quoteWords(["ssh", ...args]), host: alias };
    },
  };
}

interface Target {
  readonly connection: Connection;
  readonly instance: string;
  readonly childEnv: Record<string, string>;
}

async function execOnce(target: Target, command: GuestCommand, options: GuestOptions): Promise<GuestResult> {
  const { connection, instance, childEnv } = target;
  const { onLine, onStart } = options;
  const running = run({
    command: "ssh",
    args: [...connection.args, "-T", connection.alias, remoteLine(command)],
    cwd: "/",
    env: childEnv,
    ...(command.stdin === undefined ? {} : { stdin: command.stdin }),
    timeoutMs: options.timeoutMs,
    signal: options.signal,
    maxOutputBytes: options.maxOutputBytes ?? MAX_OUTPUT_BYTES,
    // A guest that prints without end is not waited for; what is shown line by line may be as long as it likes.
    endsWhenCut: onLine === undefined,
    onStdout: options.onStdout,
    onLine: onLine === undefined ? undefined : (line, stream) => onLine(escapeLine(line), stream),
    classify: (result) => classifySsh(result, instance),
  });
  onStart?.();
  const outcome = await running;
  return {
    exitCode: outcome.exitCode ?? 254,
    stdout: outcome.stdout,
    stderr: outcome.stderr,
    isCut: outcome.isCut,
  };
}

/**
 * Ends all that runs in a scope. The call has failed already and that is what is told; a guest that cannot be reached is
 * asked again by whoever resumes.
 */
async function endScope(target: Target, unit: string): Promise<void> {
  const { connection, childEnv } = target;
  await run({
    command: "ssh",
    args: [
      ...connection.args,
      "-T",
      connection.alias,
      remoteLine({ argv: ["systemctl", "kill", "--signal=KILL", `${unit}.scope`], asRoot: true }),
    ],
    cwd: "/",
    env: childEnv,
    timeoutMs: END_SCOPE_MS,
    classify: () => null,
  });
}

function isConnectionError(error: unknown): boolean {
  return error instanceof GuestError && ["GUEST_UNREACHABLE", "GUEST_HOST_KEY_CHANGED"].includes(error.code);
}

/** No agent socket, nothing of the user's session but what programs need to run at all. */
function sshEnv(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return { PATH: env.PATH ?? "/usr/bin:/bin", HOME: env.HOME ?? "/", LC_ALL: "C.UTF-8" };
}
