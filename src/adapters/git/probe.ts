/* Effects: asks a guest, over SSH, what it holds that exists nowhere else. */
import ignore from "ignore";
import type { Guest } from "../../ports/guest.js";
import type { ProbeRequest, WorkProbe } from "../../ports/probe.js";
import type { SaveStore } from "../../ports/saves.js";
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
  readonly saves: Pick<SaveStore, "known">;
  /** Largest sum of uncommitted and untracked files that a save takes. Units: bytes. */
  readonly savableBytes: number;
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
  const notWork = ignore().add([...request.notWork]);
  const knowledge = { ...(await knownCommits(parts, request, answer, times)), notWork };
  const more = await askMore(parts, request, { answer, ...knowledge, since }, times);
  if (more === null) return notUnderstood(null, 0);
  return { kind: "known", items: collectItems(answer, more, { ...knowledge, savableBytes: parts.savableBytes }) };
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

const NOTHING_MORE: MoreAnswer = { commits: 0, savedCommits: 0, files: [], nested: [] };

async function askMore(
  parts: ProbeParts,
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

interface Judging extends Knowledge {
  readonly savableBytes: number;
}

type ItemDraft = readonly [kind: WorkKind, count: number, bytes: number, names: readonly string[], fate?: Fate];
type Fate = Pick<WorkItem, "savable" | "saved">;

function collectItems(answer: ProbeAnswer, more: MoreAnswer, judging: Judging): readonly WorkItem[] {
  const { known, saved } = judging;
  const unknownTips = answer.tips.filter((tip) => !known.has(tip) && !saved.has(tip)).map((tip) => tip.slice(0, 10));
  const copies = answer.stashed.filter((id) => saved.has(id)).length;
  const drafts: readonly ItemDraft[] = [
    ...fileDrafts(answer, judging),
    ["ignored", ...ignoredDraft(more, judging)],
    ["commits", more.commits, 0, unknownTips, { savable: true }],
    ["commits", more.savedCommits, 0, [], { saved: true }],
    ["stash", answer.stashed.length - copies, 0, [], { savable: true }],
    ["stash", copies, 0, [], { saved: true }],
    ["worktree", answer.worktrees, 0, []],
    ["nested_repository", answer.nested.length + more.nested.length + answer.submodules, 0, nestedNames(answer, more)],
    ["path", ...folderDraft(answer)],
    ["live_run", answer.liveRuns.length, 0, answer.liveRuns],
    ["uncollected_run", answer.uncollectedRuns.length, 0, answer.uncollectedRuns],
  ];
  return drafts
    .filter(([, count]) => count > 0)
    .map(([kind, count, bytes, names, fate]) => ({
      kind,
      count,
      bytes,
      examples: names.slice(0, EXAMPLES).map((name) => escapeLine(name).slice(0, 200)),
      ...fate,
    }));
}

const show = (paths: readonly Buffer[]): readonly string[] => paths.map((path) => path.toString("utf8"));

/** Files that git knows of or would add: taken out with a result, saved, or to be saved unless they are too much. */
function fileDrafts(answer: ProbeAnswer, { known, saved, savableBytes }: Judging): readonly ItemDraft[] {
  if (answer.snapshot !== null && known.has(answer.snapshot)) return [];
  const { changed, untracked } = answer;
  const isSavable = answer.repository === "yes" && changed.bytes + untracked.bytes <= savableBytes;
  const isSaved = answer.files !== null && saved.has(answer.files);
  const fate: Fate = isSaved ? { saved: true } : isSavable ? { savable: true } : {};
  return [
    ["uncommitted", changed.count, changed.bytes, show(changed.paths), fate],
    ["untracked", untracked.count, untracked.bytes, show(untracked.paths), fate],
  ];
}

type Rest = readonly [count: number, bytes: number, names: readonly string[]];

function ignoredDraft(more: MoreAnswer, { notWork }: Judging): Rest {
  const files = more.files
    .map(({ path, bytes }) => ({ path: path.replace(/^\.\//u, ""), bytes }))
    .filter(({ path }) => path !== "" && !notWork.ignores(path));
  return [files.length, files.reduce((sum, { bytes }) => sum + bytes, 0), files.map(({ path }) => path)];
}

function folderDraft({ folders }: ProbeAnswer): Rest {
  const sum = (key: "count" | "bytes") => folders.reduce((total, folder) => total + folder[key], 0);
  return [sum("count"), sum("bytes"), []];
}

const nestedNames = (answer: ProbeAnswer, more: MoreAnswer) => [...show(answer.nested), ...more.nested];
