/* Effects: runs git on the host, in the user's repository (reading) and in bare repositories of ours (neutral). */
import type { Readable } from "node:stream";
import { type RunOutcome, run } from "../process/run.js";
import { classifyGit } from "./classify.js";

export interface GitCall {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly stdin?: string | Uint8Array | Readable;
  /** Default 16 MiB. More ends git at once: REPO_TOO_LARGE. */
  readonly maxOutputBytes?: number;
  readonly onStdout?: (chunk: Uint8Array) => void;
  /** Exit codes that are answers. Default: 0 alone. */
  readonly exitCodes?: readonly number[];
  /** Further `GIT_…` variables of ours (temporary index, object folder, identity). */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Git on the host.
 *
 * Both ways: every inherited `GIT_*` variable is gone, no hook, no file-system monitor, no maintenance, no prompt, no
 * lazy download, English messages. Errors: REPO_….
 */
export interface Git {
  /** In the user's work tree, with their configuration (ignore rules, filters, safe.directory). */
  inTree(root: string, args: readonly string[], call: GitCall): Promise<RunOutcome>;
  /** On objects that a worker may have written: no configuration of user or system, no attributes, no transport. */
  neutral(gitDir: string, args: readonly string[], call: GitCall): Promise<RunOutcome>;
}

interface Place {
  readonly cwd: string;
  /** What a message names. */
  readonly shown: string;
}

const OFF = [
  ...["-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false"],
  // A split index would put its shared half into the user's git directory, also that of our own copy.
  ...["-c", "core.splitIndex=false"],
  ...["-c", "maintenance.auto=false", "-c", "gc.auto=0", "-c", "submodule.recurse=false", "-c", "core.pager=cat"],
];
const NEUTRAL = [
  ...["-c", "protocol.allow=never", "-c", "core.attributesFile=/dev/null", "-c", "core.excludesFile=/dev/null"],
  ...["-c", "core.bigFileThreshold=32m", "-c", "core.warnAmbiguousRefs=false"],
];
/** One allocation of git over this size ends it: a crafted delta may claim any size. */
const ALLOC_LIMIT = "1g";
export function createGit(env: Readonly<Record<string, string | undefined>>): Git {
  const inherited = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      value === undefined || name.startsWith("GIT_") ? [] : [[name, value]],
    ),
  );
  const common = {
    ...inherited,
    LC_ALL: "C",
    LANGUAGE: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
  const neutralEnv = {
    ...common,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_ALLOC_LIMIT: ALLOC_LIMIT,
  };
  const start = (args: readonly string[], place: Place, base: Readonly<Record<string, string>>, call: GitCall) =>
    run({
      command: "git",
      args,
      cwd: place.cwd,
      env: { ...base, ...call.env },
      timeoutMs: call.timeoutMs,
      signal: call.signal,
      ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
      ...(call.maxOutputBytes === undefined ? {} : { maxOutputBytes: call.maxOutputBytes }),
      endsWhenCut: true,
      onStdout: call.onStdout,
      classify: (outcome) => classifyGit(outcome, place.shown, call.exitCodes ?? [0]),
    });
  return {
    inTree: (root, args, call) => start([...OFF, ...args], { cwd: root, shown: root }, common, call),
    neutral: (gitDir, args, call) =>
      start([...OFF, ...NEUTRAL, `--git-dir=${gitDir}`, ...args], { cwd: "/", shown: gitDir }, neutralEnv, call),
  };
}

/** Fields of a `-z` listing as bytes: names on the host need not be UTF-8. */
export function splitNul(bytes: Uint8Array): readonly Buffer[] {
  const fields: Buffer[] = [];
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let from = 0; from < all.length; ) {
    const end = all.indexOf(0, from);
    const stop = end === -1 ? all.length : end;
    fields.push(all.subarray(from, stop));
    from = stop + 1;
  }
  return fields;
}

/** A full object id of either hash. */
export function isObjectId(text: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/u.test(text);
}
