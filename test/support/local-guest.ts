import { execFile, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { GuestError } from "../../src/errors/errors.js";
import type { Guest, GuestCommand, GuestOptions, GuestResult } from "../../src/ports/guest.js";

const FAKE_SYSTEMD = fileURLToPath(new URL("./fake-systemd", import.meta.url));

/** A guest that is a folder: commands run on this machine with HOME inside it. */
export interface LocalGuest extends Guest {
  readonly home: string;
  /** While true every call fails as if the machine were gone. */
  isUnreachable: boolean;
  /** Words in front of every command: how it enters another mount namespace, say. */
  enter: readonly string[];
  readonly calls: GuestCommand[];
  /** Runs git in a folder of the guest; returns stdout without the last newline. */
  git(folder: string, ...args: string[]): Promise<string>;
  sh(script: string): Promise<string>;
}

/** Nothing of the test's own environment. */
function environment(home: string): Record<string, string> {
  return {
    HOME: home,
    PATH: `${FAKE_SYSTEMD}:/usr/local/bin:/usr/bin:/bin`,
    FAKE_SYSTEMD_DIR: join(home, ".fake-systemd"),
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "agent",
    GIT_AUTHOR_EMAIL: "agent@guest",
    GIT_COMMITTER_NAME: "agent",
    GIT_COMMITTER_EMAIL: "agent@guest",
  };
}

async function exec(
  env: Record<string, string>,
  enter: readonly string[],
  command: GuestCommand,
  options: GuestOptions,
): Promise<GuestResult> {
  options.signal.throwIfAborted();
  const cwd = command.cwd ?? env.HOME ?? "/";
  const inside = enter.length === 0 ? [] : [...enter, "sh", "-c", 'cd "$0" && exec "$@"', cwd];
  const [file = "true", ...args] = [...inside, ...command.argv];
  const child = spawn(file, args, { cwd, env: { ...env, ...command.env } });
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const { onLine, onStdout, signal } = options;
  child.stdout.on("data", (chunk: Buffer) => {
    (onStdout ?? ((each) => chunks.stdout.push(each as Buffer)))(chunk);
    for (const line of onLine === undefined ? [] : chunk.toString("utf8").split("\n").slice(0, -1))
      onLine?.(line, "stdout");
  });
  child.stderr.on("data", (chunk: Buffer) => chunks.stderr.push(chunk));
  const onAbort = () => child.kill("SIGTERM");
  signal.addEventListener("abort", onAbort, { once: true });
  const ended = new Promise<number>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 254));
  });
  const input = command.stdin ?? "";
  const source = input instanceof Readable ? input : Readable.from([Buffer.from(input as string)]);
  // A script that ends before it has read everything closes the pipe: its exit code tells the story.
  pipeline(source, child.stdin).catch(() => {});
  const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs);
  const exitCode = await ended;
  clearTimeout(timer);
  signal.removeEventListener("abort", onAbort);
  signal.throwIfAborted();
  const limit = options.maxOutputBytes ?? 1024 * 1024;
  const [stdout, stderr] = [Buffer.concat(chunks.stdout), Buffer.concat(chunks.stderr)];
  return {
    exitCode,
    stdout: stdout.subarray(0, limit).toString("utf8"),
    stderr: stderr.subarray(0, limit).toString("utf8"),
    isCut: stdout.length > limit || stderr.length > limit,
  };
}

export async function makeLocalGuest(): Promise<LocalGuest & { close(): Promise<void> }> {
  const home = await mkdtemp(join(tmpdir(), "limaform-guest-"));
  const env = environment(home);
  await mkdir(join(home, ".fake-systemd"));
  const calls: GuestCommand[] = [];
  const run = promisify(execFile);
  const text = async (argv: readonly string[]): Promise<string> => {
    const [file = "true", ...args] = [...guest.enter, ...argv];
    return (await run(file, args, { cwd: home, env })).stdout.trimEnd();
  };
  const refuse = () => Promise.reject(new Error("not part of this fake"));
  const guest: LocalGuest & { close(): Promise<void> } = {
    home,
    calls,
    isUnreachable: false,
    enter: [],
    async exec(_instance, command, options) {
      calls.push(command);
      if (guest.isUnreachable) throw new GuestError("GUEST_UNREACHABLE", "no answer", { isTransient: true });
      return exec(env, guest.enter, command, options);
    },
    waitReady: refuse,
    openShell: refuse,
    sshConfig: refuse,
    // What rsync runs in place of ssh: drops the host's name and runs the rest in the guest's home.
    async sshCommand() {
      const file = join(home, ".fake-ssh");
      await writeFile(file, '#!/bin/sh\nshift\ncd "$(dirname "$0")" && HOME=$PWD exec sh -c "$*"\n', { mode: 0o755 });
      return { command: file, host: "guest" };
    },
    git: async (folder, ...args) => text(["git", "-C", join(home, folder), ...args]),
    sh: async (script) => text(["sh", "-c", 'cd && eval "$0"', script]),
    close: () => rm(home, { recursive: true, force: true, maxRetries: 5 }),
  };
  return guest;
}
