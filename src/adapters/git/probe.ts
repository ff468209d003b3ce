/* Effects: asks a guest, over SSH, what it holds that exists nowhere else. */
import ignore from "ignore";
import type { Guest } from "../../ports/guest.js";
import type { ProbeRequest, WorkProbe } from "../../ports/probe.js";
import { escapeLine } from "../../util/escape.js";
import type { WorkFinding, WorkItem, WorkKind } from "../../world/world.js";
import type { GitTimes } from "./bare.js";
import { errorWord, scriptCommand } from "./guest-script.js";
import { type MoreAnswer, type ProbeAnswer, parseMore, parseProbe } from "./probe-answer.js";
import { PROBE_MORE_SCRIPT, PROBE_SCRIPT } from "./probe-script.js";
import type { Quarantines } from "./quarantine.js";

export interface ProbeParts {
  readonly guest: Guest;
  readonly quarantines: Quarantines;
  /** Folder of the runs in the guest. */
  readonly runsFolder: string;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const EXAMPLES = 5;
/** The two clocks may differ, and files come to be before the first readiness is noted. */
const MARGIN_SECONDS = 120;

/** Source: design page §6. */
export function createWorkProbe(parts: ProbeParts): WorkProbe {
  return {
    async probe(request, options) {
      const times = { signal: options.signal, timeoutMs: options.timeoutMs };
      try {
        return await ask(parts, request, times);
      } catch (error) {
        options.signal.throwIfAborted();
        return { kind: "unknown", text: escapeLine(error instanceof Error ? error.message : String(error)) };
      }
    },
  };
}

async function ask(parts: ProbeParts, request: ProbeRequest, times: GitTimes): Promise<WorkFinding> {
  const since = sinceSeconds(request.madeAt);
  const args = [request.guestPath, parts.runsFolder, since, ...request.workPaths];
  const options = { ...times, maxOutputBytes: MAX_ANSWER_BYTES };
  const result = await parts.guest.exec(request.instance, scriptCommand(PROBE_SCRIPT, args), options);
  const answer = result.exitCode === 0 && !result.isCut ? parseProbe(result.stdout) : null;
  if (answer === null) return notUnderstood(errorWord(result), result.exitCode);
  const known = await knownCommits(parts, request, answer, times);
  const notWork = ignore().add([...request.notWork]);
  const more = await askMore(parts, request, { answer, known, notWork, since }, times);
  if (more === null) return notUnderstood(null, 0);
  return { kind: "known", items: collectItems(answer, more, { known, notWork }) };
}

function notUnderstood(word: string | null, exitCode: number): WorkFinding {
  const why = word === null ? `exit code ${exitCode}` : word.replaceAll("_", " ");
  return { kind: "unknown", text: `the worker's answer about its work could not be read (${why})` };
}

function sinceSeconds(madeAt: string | null): string {
  const seconds = madeAt === null ? Number.NaN : Math.floor(Date.parse(madeAt) / 1000) - MARGIN_SECONDS;
  return String(Number.isFinite(seconds) ? Math.max(seconds, 0) : 0);
}

async function knownCommits(
  parts: ProbeParts,
  request: ProbeRequest,
  answer: ProbeAnswer,
  times: GitTimes,
): Promise<ReadonlySet<string>> {
  const commits = [...answer.tips, ...(answer.snapshot === null ? [] : [answer.snapshot])];
  const { instance, hostRoot: root } = request;
  const found = await parts.quarantines.known({ instance, root, commits }, times);
  return new Set(answer.base === null ? found : [...found, answer.base]);
}

interface Knowledge {
  readonly known: ReadonlySet<string>;
  readonly notWork: ReturnType<typeof ignore>;
}

const NOTHING_MORE: MoreAnswer = { commits: 0, files: [], nested: [] };

async function askMore(
  parts: ProbeParts,
  request: ProbeRequest,
  { answer, known, notWork, since }: Knowledge & { readonly answer: ProbeAnswer; readonly since: string },
  times: GitTimes,
): Promise<MoreAnswer | null> {
  const unknown = answer.tips.filter((tip) => !known.has(tip));
  const ignored = answer.ignored.filter((path) => !notWork.ignores(path.toString("utf8")));
  if (unknown.length === 0 && ignored.length === 0) return NOTHING_MORE;
  const held = [...answer.tips.filter((tip) => known.has(tip)), ...(answer.base === null ? [] : [answer.base])];
  const header = [...unknown.map((id) => `unknown ${id}`), ...held.map((id) => `known ${id}`), "end\n"].join("\n");
  const stdin = Buffer.concat([
    Buffer.from(header),
    ...ignored.flatMap((path) => [Buffer.from("./"), path, Buffer.from([0])]),
  ]);
  const command = scriptCommand(PROBE_MORE_SCRIPT, [request.guestPath, since], stdin);
  const result = await parts.guest.exec(request.instance, command, { ...times, maxOutputBytes: MAX_ANSWER_BYTES });
  return result.exitCode === 0 && !result.isCut ? parseMore(result.stdout) : null;
}

function collectItems(answer: ProbeAnswer, more: MoreAnswer, { known, notWork }: Knowledge): readonly WorkItem[] {
  const isTakenOut = answer.snapshot !== null && known.has(answer.snapshot);
  const show = (paths: readonly Buffer[]): readonly string[] => paths.map((path) => path.toString("utf8"));
  const ignored = more.files
    .map(({ path, bytes }) => ({ path: path.replace(/^\.\//u, ""), bytes }))
    .filter(({ path }) => path !== "" && !notWork.ignores(path));
  const folders = answer.folders.reduce(
    (sum, { count, bytes }) => ({ count: sum.count + count, bytes: sum.bytes + bytes }),
    {
      count: 0,
      bytes: 0,
    },
  );
  const nested = [...show(answer.nested), ...more.nested];
  const unknownTips = answer.tips.filter((tip) => !known.has(tip)).map((tip) => tip.slice(0, 10));
  const bytes = ignored.reduce((sum, file) => sum + file.bytes, 0);
  const drafts: readonly (readonly [WorkKind, number, number, readonly string[]])[] = [
    ["uncommitted", isTakenOut ? 0 : answer.changed.count, answer.changed.bytes, show(answer.changed.paths)],
    ["untracked", isTakenOut ? 0 : answer.untracked.count, answer.untracked.bytes, show(answer.untracked.paths)],
    ["ignored", ignored.length, bytes, ignored.map(({ path }) => path)],
    ["commits", more.commits, 0, unknownTips],
    ["stash", answer.stashes, 0, []],
    ["worktree", answer.worktrees, 0, []],
    ["nested_repository", nested.length, 0, nested],
    ["path", folders.count, folders.bytes, []],
    ["live_run", answer.liveRuns.length, 0, answer.liveRuns],
    ["uncollected_run", answer.uncollectedRuns.length, 0, answer.uncollectedRuns],
  ];
  return drafts
    .filter(([, count]) => count > 0)
    .map(([kind, count, size, names]) => ({
      kind,
      count,
      bytes: size,
      examples: names.slice(0, EXAMPLES).map((name) => escapeLine(name).slice(0, 200)),
    }));
}
