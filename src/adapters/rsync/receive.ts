/* Effects: fetches named files of a worker with rsync into a private folder, confined while it runs. */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { RepositoryError, ReviewError } from "../../errors/errors.js";
import { showSize } from "../../util/bytes.js";
import { codeOf } from "../host/files.js";
import { run } from "../process/run.js";
import { classifyRsync, rsyncFailed } from "./classify.js";
import { findFlavour, isOlder } from "./flavour.js";
import { remoteFolder, type SendParts } from "./send.js";

export interface ReceiveRequest {
  readonly instance: string;
  /** In the worker; `~/` in front allowed. */
  readonly guestPath: string;
  /** Private, and of nobody else: all that rsync writes goes there. */
  readonly folder: string;
  /** Regular files below both; judged before. */
  readonly names: readonly string[];
  readonly checksum: boolean;
  readonly limits: FolderLimits;
}

/** Units: bytes, count of files and folders. */
export interface FolderLimits {
  readonly fileBytes: number;
  readonly bytes: number;
  readonly entries: number;
}

/** The first without the flaws that a hostile sender could use against who receives from it. Source: reference/sync.md §5.1. */
const LEAST = [3, 4, 3] as const;
const IDLE_SECONDS = 60;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
/** Units of `ulimit -f`. */
const BLOCK_BYTES = 512;
const LOOK_MS = 250;
/** Longer for each entry that the last look met, so that looking costs a few hundredths of the time at most. */
const LOOK_ENTRY_MS = 0.5;

/**
 * Regular files alone, exactly the named ones: no links, devices, owners, special bits, no deletion, no compression, no
 * incremental recursion. rsync is not what keeps a lying sender in: the kernel ends a file that grows too large, the folder
 * is measured while it fills, and what lies in it afterwards must be judged by who asked.
 *
 * Shape: false where some of the files vanished meanwhile. Errors: RSYNC_…, REVIEW_TOO_LARGE, GUEST_UNREACHABLE.
 */
export async function receiveFiles(
  { guest, env }: SendParts,
  request: ReceiveRequest,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<boolean> {
  const { instance, folder, names, limits } = request;
  if (names.length === 0) return true;
  const flavour = await findFlavour(env, options.signal);
  if (flavour.kind === "openrsync" || isOlder(flavour.version, LEAST)) throw tooOld(flavour.version);
  const { command, host } = await guest.sshCommand(instance);
  const args = [
    ...["-tE", "--no-recursive", "--no-links", "--no-devices", "--no-specials", "--no-perms", "--no-implied-dirs"],
    ...["--no-inc-recursive", "--protect-args", "--from0", "--files-from=-", `--timeout=${IDLE_SECONDS}`],
    ...[`--max-size=${limits.fileBytes}`, ...(request.checksum ? ["--checksum"] : [])],
    ...["-e", command, "--", remoteFolder(host, request.guestPath), "./"],
  ];
  const guard = measure(folder, limits);
  const signal = AbortSignal.any([options.signal, guard.exceeded]);
  try {
    const outcome = await run({
      ...{
        command: "sh",
        args: ["-c", 'ulimit -f "$0" && exec rsync "$@"', String(Math.ceil(limits.fileBytes / BLOCK_BYTES)), ...args],
      },
      ...{
        cwd: folder,
        env: { ...env, LC_ALL: "C" },
        timeoutMs: options.timeoutMs,
        signal,
        maxOutputBytes: MAX_OUTPUT_BYTES,
      },
      stdin: Buffer.from(names.map((name) => `${name}\0`).join("")),
      endsWhenCut: true,
      classify: (result) => classifyRsync(result, instance, "from"),
    });
    if (outcome.isCut) throw rsyncFailed(instance, outcome.exitCode, ["it printed more than limaform reads"], "from");
    await guard.check();
    return outcome.exitCode === 0;
  } finally {
    await guard.end();
  }
}

/** Looks at the folder again and again; aborts `exceeded` with the error once it holds more than it may. */
function measure(folder: string, limits: FolderLimits) {
  const exceeded = new AbortController();
  const ended = new AbortController();
  let seen = 0;
  const check = async (): Promise<void> => {
    const { bytes, entries } = await sizeOf(folder);
    seen = entries;
    if (bytes > limits.bytes || entries > limits.entries) exceeded.abort(tooMuch(limits));
    exceeded.signal.throwIfAborted();
  };
  const work = (async () => {
    while (!ended.signal.aborted && !exceeded.signal.aborted) {
      // Thrown where rsync is awaited.
      await check().catch((error) => exceeded.abort(error));
      await wait(LOOK_MS + seen * LOOK_ENTRY_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return {
    exceeded: exceeded.signal,
    check,
    end: (): Promise<void> => {
      ended.abort();
      return work;
    },
  };
}

async function sizeOf(folder: string): Promise<{ readonly bytes: number; readonly entries: number }> {
  let bytes = 0;
  let entries = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    entries += 1;
    if (entry.isFile()) bytes += await bytesOf(join(entry.parentPath, entry.name));
  }
  return { bytes, entries };
}

/** rsync renames its temporary files meanwhile. */
async function bytesOf(path: string): Promise<number> {
  try {
    return (await lstat(path)).size;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return 0;
    throw error;
  }
}

function tooMuch({ bytes, entries }: FolderLimits): ReviewError {
  const most = `${showSize(bytes)} and ${entries} files and folders`;
  return new ReviewError(
    "REVIEW_TOO_LARGE",
    `The worker sends more than was asked of it (${most}); nothing was written`,
    {
      hint: "Name some of the paths: limaform sync-back W PATH --ignored",
    },
  );
}

function tooOld(version: string): RepositoryError {
  return new RepositoryError("RSYNC_TOO_OLD", `rsync ${version} on this host is not fit to receive from a worker`, {
    hint: `install rsync ${LEAST.join(".")} or newer, Samba's and not openrsync; to see it: rsync --version`,
  });
}
