/* Effects: sends files of a folder to a worker with rsync over limaform's own ssh. */
import type { Guest } from "../../ports/guest.js";
import { run } from "../process/run.js";
import { classifyRsync, rsyncFailed } from "./classify.js";
import { findFlavour } from "./flavour.js";
import { type ItemisedLine, readItemised } from "./itemised.js";

export interface SendRequest {
  readonly instance: string;
  /** In the worker; `~/` in front allowed. */
  readonly guestPath: string;
  /** Folder on the host. */
  readonly root: string;
  /** Files and links below it. */
  readonly names: readonly Buffer[];
  readonly dryRun: boolean;
  readonly checksum: boolean;
  readonly compress: boolean;
}

export interface Sent {
  readonly lines: readonly ItemisedLine[];
  /** Some files vanished while they were read: the list is worth making again. */
  readonly isPartial: boolean;
}

export type SendParts = {
  readonly guest: Pick<Guest, "sshCommand">;
  readonly env: Readonly<Record<string, string>>;
};

/** A folder of a worker as rsync names it: relative to the login's home. */
export const remoteFolder = (host: string, guestPath: string): string => `${host}:${guestPath.replace(/^~\//u, "")}/`;

const MAX_OUTPUT_BYTES = 128 * 1024 * 1024;
const IDLE_SECONDS = 120;

/**
 * Exactly the named files, each written beside its place and renamed; nothing is deleted. Links stay links; owner, group,
 * devices and special bits never go. Without incremental recursion, whose code had flaws and whose round trips are many.
 *
 * Errors: RSYNC_…, GUEST_UNREACHABLE.
 */
export async function sendFiles(
  { guest, env }: SendParts,
  request: SendRequest,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<Sent> {
  if (request.names.length === 0) return { lines: [], isPartial: false };
  const { instance, root, names } = request;
  const { kind } = await findFlavour(env, options.signal);
  const { command, host } = await guest.sshCommand(instance);
  const samba = kind === "samba" ? ["--no-inc-recursive", "--no-implied-dirs", "--protect-args"] : [];
  const extra = [
    ...(request.dryRun ? ["--dry-run"] : []),
    ...(request.checksum ? ["--checksum"] : []),
    ...(request.compress ? ["--compress"] : []),
  ];
  const outcome = await run({
    command: "rsync",
    args: [
      ...["-lpt", "--from0", "--files-from=-", "--out-format=%i %n", `--timeout=${IDLE_SECONDS}`, ...samba, ...extra],
      ...["-e", command, "--", "./", remoteFolder(host, request.guestPath)],
    ],
    cwd: root,
    env: { ...env, LC_ALL: "C" },
    stdin: Buffer.concat(names.flatMap((name) => [name, Buffer.from([0])])),
    ...options,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    endsWhenCut: true,
    classify: (result) => classifyRsync(result, instance),
  });
  const text = Buffer.from(outcome.stdoutBytes).toString("latin1");
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map(readItemised);
  if (outcome.isCut) throw rsyncFailed(instance, outcome.exitCode, ["it printed more than limaform reads"]);
  return { lines, isPartial: outcome.exitCode !== 0 };
}
