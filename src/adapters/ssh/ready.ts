import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { GuestError } from "../../errors/errors.js";
import type { GuestOptions } from "../../ports/guest.js";
import type { Clock } from "../../ports/host.js";
import type { InstanceFiles } from "../../ports/instances.js";
import { escapeLine } from "../../util/escape.js";
import { type RunOutcome, run } from "../process/run.js";
import { classifySsh } from "./classify.js";
import { type ConnectionOptions, openConnection } from "./connection.js";

const PAUSE_MS = 1_000;
/** One try: a guest that just boots may take the connection and say nothing. */
const TRY_LIMIT_MS = 60_000;
const NOT_YET = 75;

/*
 * Lima writes the first file when its boot scripts have ended, cloud-init the second at its own end; both lie in /run,
 * so they speak of this boot. Images without cloud-init have no second.
 */
const READY_SCRIPT = `
[ -e /run/lima-boot-done ] || { echo "boot scripts are running"; exit ${NOT_YET}; }
[ ! -d /run/cloud-init ] || [ -e /run/cloud-init/result.json ] || { echo "cloud-init is running"; exit ${NOT_YET}; }
`;

export interface ReadyContext extends ConnectionOptions {
  readonly files: Pick<InstanceFiles, "readHostKey" | "pinHostKey">;
  readonly clock: Clock;
  /** False for a VM that is stopped or gone. */
  readonly isRunning: (instance: string, signal: AbortSignal) => Promise<boolean>;
  readonly childEnv: Readonly<Record<string, string>>;
}

export type ReadyOptions = GuestOptions & { readonly report: (text: string) => void };

/**
 * Waits until SSH answers and the boot's own scripts are through. The first answer's host key is pinned.
 *
 * Errors: GUEST_TIMED_OUT, GUEST_NOT_RUNNING once the VM is gone, GUEST_HOST_KEY_CHANGED at once.
 */
export async function waitReady(context: ReadyContext, instance: string, options: ReadyOptions): Promise<void> {
  const startedMs = context.clock.monotonicMs();
  let last = "waiting for SSH";
  for (;;) {
    options.signal.throwIfAborted();
    const leftMs = options.timeoutMs - (context.clock.monotonicMs() - startedMs);
    if (leftMs <= 0) throw timedOut(instance, options.timeoutMs, last);
    const found = await tryOnce(context, instance, { ...options, timeoutMs: Math.min(leftMs, TRY_LIMIT_MS) });
    if (found === null) return;
    if (found !== last) options.report(found);
    last = found;
    await context.clock.sleep(PAUSE_MS, options.signal);
  }
}

/** null = ready; else what is being waited for. */
async function tryOnce(context: ReadyContext, instance: string, options: ReadyOptions): Promise<string | null> {
  try {
    const outcome = await ask(context, instance, options);
    if (outcome.exitCode === 0) return null;
    return escapeLine(outcome.stdout.trim().split("\n").at(-1) ?? "").slice(0, 100) || "the guest is not ready";
  } catch (error) {
    const isWaitable = error instanceof GuestError && WAITABLE.has(error.code);
    if (!isWaitable) throw error;
    if (!(await context.isRunning(instance, options.signal))) {
      throw new GuestError("GUEST_NOT_RUNNING", `${instance} stopped while it was waited for`, {
        hint: `limactl list ${instance}`,
        cause: error,
      });
    }
    return "waiting for SSH";
  }
}

const WAITABLE = new Set(["GUEST_UNREACHABLE", "GUEST_TIMED_OUT", "GUEST_NOT_RUNNING"]);

async function ask(context: ReadyContext, instance: string, options: ReadyOptions): Promise<RunOutcome> {
  const connection = await openConnection(context, instance, false);
  const keyFile = join(context.home, instance, "limaform-first-key.tmp");
  const args = connection.isPinned ? connection.args : connection.firstArgs(keyFile);
  // A key of an earlier try that never got through must not decide this one.
  if (!connection.isPinned) await rm(keyFile, { force: true });
  try {
    const outcome = await run({
      command: "ssh",
      args: [...args, "-T", connection.alias, "sh", "-c", `'${READY_SCRIPT}'`],
      cwd: "/",
      env: context.childEnv,
      timeoutMs: options.timeoutMs,
      signal: options.signal,
      maxOutputBytes: 64 * 1024,
      classify: (result) => classifySsh(result, instance),
    });
    if (!connection.isPinned) await pin(context, instance, { alias: connection.alias, keyFile });
    return outcome;
  } finally {
    await rm(keyFile, { force: true });
  }
}

async function pin(
  context: ReadyContext,
  instance: string,
  { alias, keyFile }: { readonly alias: string; readonly keyFile: string },
): Promise<void> {
  // ssh makes no file where it cannot write one, and says nothing of it.
  const written = await readFile(keyFile, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return "";
    throw error;
  });
  const line = written.split("\n").find((text) => text.startsWith(`${alias} `));
  if (line === undefined) {
    throw new GuestError("GUEST_UNREACHABLE", `ssh reached ${instance} but wrote down no host key`, {
      hint: `limactl list ${instance}`,
      isTransient: true,
    });
  }
  await context.files.pinHostKey(instance, line.slice(alias.length + 1).trim());
}

function timedOut(instance: string, timeoutMs: number, last: string): GuestError {
  return new GuestError(
    "GUEST_TIMED_OUT",
    `${instance} was not ready within ${Math.round(timeoutMs / 1000)} s (last: ${last})`,
    { hint: "The VM goes on booting: run the same command again, or raise vm.start_timeout in limaform.toml." },
  );
}
