/* Effects: asks a guest the questions about its work, and this host which commits it has. */
import ignore from "ignore";
import type { Guest } from "../../ports/guest.js";
import type { ProbeRequest } from "../../ports/probe.js";
import type { SaveStore } from "../../ports/saves.js";
import type { GitTimes } from "./bare.js";
import { errorWord, scriptCommand } from "./guest-script.js";
import { type MoreAnswer, type ProbeAnswer, parseMore, parseProbe } from "./probe-answer.js";
import { PROBE_MORE_SCRIPT, PROBE_SCRIPT } from "./probe-script.js";
import type { Quarantines } from "./quarantine.js";

export interface AskParts {
  readonly guest: Guest;
  readonly quarantines: Quarantines;
  readonly saves: Pick<SaveStore, "known">;
  /** Folder of the runs in the guest. */
  readonly runsFolder: string;
}

/** What a worker said, judged by what this host has. */
export interface Held {
  readonly answer: ProbeAnswer;
  readonly more: MoreAnswer;
  /** Commits on this host, in the user's repository or a quarantine. */
  readonly known: ReadonlySet<string>;
  /** Commits in `saved.git` alone. */
  readonly saved: ReadonlySet<string>;
  /** Changed ignored files that no pattern covers. */
  readonly ignored: readonly { readonly path: string; readonly bytes: number }[];
  /** Repositories inside, from the top of the work tree. */
  readonly nested: readonly Buffer[];
  /** There is work besides files, commits and stashes. */
  readonly hasExtras: boolean;
}

/** The worker's answer is not of the agreed form: nothing is known. */
export class NotUnderstood extends Error {}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** The two clocks may differ, and files come to be before the first readiness is noted. */
const MARGIN_SECONDS = 120;

/** Errors: NotUnderstood; GUEST_… and REPO_…. */
export async function askWork(parts: AskParts, request: ProbeRequest, times: GitTimes): Promise<Held> {
  const since = sinceSeconds(request.madeAt);
  const args = [request.guestPath, parts.runsFolder, since, request.notWork.join("\n"), ...request.workPaths];
  const options = { ...times, maxOutputBytes: MAX_ANSWER_BYTES };
  const result = await parts.guest.exec(request.instance, scriptCommand(PROBE_SCRIPT, args), options);
  const answer = result.exitCode === 0 && !result.isCut ? parseProbe(result.stdout) : null;
  if (answer === null) throw notUnderstood(errorWord(result), result.exitCode);
  const notWork = ignore().add([...request.notWork]);
  const knowledge = { ...(await knownCommits(parts, request, answer, times)), notWork };
  const more = await askMore(parts, request, { answer, ...knowledge, since }, times);
  if (more === null) throw notUnderstood(null, 0);
  const ignored = more.files
    .map(({ path, bytes }) => ({ path: path.replace(/^\.\//u, ""), bytes }))
    .filter(({ path }) => path !== "" && !notWork.ignores(path));
  const inIgnored = more.nested.map((path) => Buffer.from(path.replace(/^\.\//u, "")));
  const nested = [...answer.nested, ...inIgnored, ...answer.submodules];
  const paths = answer.folders.reduce((sum, { count }) => sum + count, 0);
  const hasExtras = ignored.length + nested.length + answer.worktrees + paths > 0;
  return { answer, more, known: knowledge.known, saved: knowledge.saved, ignored, nested, hasExtras };
}

function notUnderstood(word: string | null, exitCode: number): NotUnderstood {
  const why = word === null ? `exit code ${exitCode}` : word.replaceAll("_", " ");
  return new NotUnderstood(`the worker's answer about its work could not be read (${why})`);
}

/** Seconds since 1970 after which a change counts as made here; 0 = always. */
export function sinceSeconds(madeAt: string | null): string {
  const seconds = madeAt === null ? Number.NaN : Math.floor(Date.parse(madeAt) / 1000) - MARGIN_SECONDS;
  return String(Number.isFinite(seconds) ? Math.max(seconds, 0) : 0);
}

async function knownCommits(
  parts: AskParts,
  request: ProbeRequest,
  answer: ProbeAnswer,
  times: GitTimes,
): Promise<Pick<Knowledge, "known" | "saved">> {
  const commits = [...answer.tips, ...(answer.snapshot === null ? [] : [answer.snapshot])];
  const { instance, hostRoot: root } = request;
  const found = await parts.quarantines.known({ instance, root, commits }, times);
  const known = new Set(answer.base === null ? found : [...found, answer.base]);
  const rest = [...answer.tips, ...answer.stashed, ...(answer.files === null ? [] : [answer.files])];
  const saved = await parts.saves.known(
    rest.filter((id) => !known.has(id)),
    times,
  );
  return { known, saved };
}

interface Knowledge {
  /** On this host, in the user's repository or a quarantine. */
  readonly known: ReadonlySet<string>;
  /** In `saved.git` alone. */
  readonly saved: ReadonlySet<string>;
  readonly notWork: ReturnType<typeof ignore>;
}

const NOTHING_MORE: MoreAnswer = { commits: 0, savedCommits: 0, files: [], nested: [], isCut: false };

async function askMore(
  parts: AskParts,
  request: ProbeRequest,
  { answer, known, saved, notWork, since }: Knowledge & { readonly answer: ProbeAnswer; readonly since: string },
  times: GitTimes,
): Promise<MoreAnswer | null> {
  const wordOf = (tip: string) => (known.has(tip) ? "known" : saved.has(tip) ? "saved" : "unknown");
  const tips = answer.tips.map((tip) => `${wordOf(tip)} ${tip}`);
  const ignored = answer.ignored.filter((path) => !notWork.ignores(path.toString("utf8")));
  if (answer.tips.every((tip) => known.has(tip)) && ignored.length === 0) return NOTHING_MORE;
  const base = answer.base === null ? [] : [`known ${answer.base}`];
  const header = [...tips, ...base, "end\n"].join("\n");
  const stdin = Buffer.concat([
    Buffer.from(header),
    ...ignored.flatMap((path) => [Buffer.from("./"), path, Buffer.from([0])]),
  ]);
  const command = scriptCommand(PROBE_MORE_SCRIPT, [request.guestPath, since], stdin);
  const result = await parts.guest.exec(request.instance, command, { ...times, maxOutputBytes: MAX_ANSWER_BYTES });
  return result.exitCode === 0 && !result.isCut ? parseMore(result.stdout) : null;
}
