/* Effects: asks a guest, over SSH, what it holds that exists nowhere else. */
import type { ProbeRequest, WorkProbe } from "../../ports/probe.js";
import { escapeLine } from "../../util/escape.js";
import type { WorkFinding, WorkItem, WorkKind } from "../../world/world.js";
import type { GitTimes } from "./bare.js";
import { type Extra, listExtras } from "./extras.js";
import type { ProbeAnswer } from "./probe-answer.js";
import { type AskParts, askWork, type Held, NotUnderstood } from "./probe-ask.js";

export interface ProbeParts extends AskParts {
  /** Largest sum of bytes of one kind that a save takes. Units: bytes. */
  readonly savableBytes: number;
}

const EXAMPLES = 5;

/** Source: design page §6. */
export function createWorkProbe(parts: ProbeParts): WorkProbe {
  return {
    async probe(request, options) {
      const times = { signal: options.signal, timeoutMs: options.timeoutMs };
      try {
        return await ask(parts, request, times);
      } catch (error) {
        options.signal.throwIfAborted();
        if (error instanceof NotUnderstood) return { kind: "unknown", text: error.message };
        return { kind: "unknown", text: escapeLine(error instanceof Error ? error.message : String(error)) };
      }
    },
  };
}

async function ask(parts: ProbeParts, request: ProbeRequest, times: GitTimes): Promise<WorkFinding> {
  const held = await askWork(parts, request, times);
  const savedKinds = await kindsSaved(parts, request, held, times);
  return { kind: "known", items: collectItems(held, { savableBytes: parts.savableBytes, savedKinds }) };
}

/**
 * Kinds of extra work all of which the saves hold just as it is now. Asked only where something was saved before: it
 * costs the worker a look at every byte.
 */
async function kindsSaved(
  { guest, quarantines, saves }: ProbeParts,
  request: ProbeRequest,
  held: Held,
  times: GitTimes,
): Promise<ReadonlySet<Extra["kind"]>> {
  if (!held.answer.isMarked || !held.hasExtras) return new Set();
  const extras = await listExtras(guest, { request, held, mode: "look" }, times);
  const commits = extras.map(({ commit }) => commit);
  const onHost = await quarantines.known({ instance: request.instance, root: request.hostRoot, commits }, times);
  const rest = commits.filter((id) => !onHost.has(id));
  const inSaves = await saves.known(rest, times);
  const open = new Set(
    extras.filter(({ commit }) => !onHost.has(commit) && !inSaves.has(commit)).map(({ kind }) => kind),
  );
  return new Set(extras.map(({ kind }) => kind).filter((kind) => !open.has(kind)));
}

interface Judging {
  readonly savableBytes: number;
  readonly savedKinds: ReadonlySet<Extra["kind"]>;
}

type ItemDraft = readonly [kind: WorkKind, count: number, bytes: number, names: readonly string[], fate?: Fate];
type Fate = Pick<WorkItem, "savable" | "saved">;

function collectItems(held: Held, judging: Judging): readonly WorkItem[] {
  const { answer, more, known, saved } = held;
  const extra = (kind: Extra["kind"], [count, bytes, names]: Rest): ItemDraft => {
    const isSavable = bytes <= judging.savableBytes && !(kind === "ignored" && more.isCut);
    const fate: Fate = judging.savedKinds.has(kind) ? { saved: true } : isSavable ? { savable: true } : {};
    return [kind, count, bytes, names, fate];
  };
  const unknownTips = answer.tips.filter((tip) => !known.has(tip) && !saved.has(tip)).map((tip) => tip.slice(0, 10));
  const copies = answer.stashed.filter((id) => saved.has(id)).length;
  const drafts: readonly ItemDraft[] = [
    ...fileDrafts(held, judging),
    extra("ignored", ignoredDraft(held)),
    ["commits", more.commits, 0, unknownTips, { savable: true }],
    ["commits", more.savedCommits, 0, [], { saved: true }],
    ["stash", answer.stashed.length - copies, 0, [], { savable: true }],
    ["stash", copies, 0, [], { saved: true }],
    extra("worktree", [answer.worktrees, 0, []]),
    extra("nested_repository", [held.nested.length, 0, show(held.nested)]),
    extra("path", folderDraft(answer)),
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
function fileDrafts({ answer, known, saved }: Held, { savableBytes }: Judging): readonly ItemDraft[] {
  if (answer.snapshot !== null && known.has(answer.snapshot)) return [];
  const { changed, untracked } = answer;
  const isSavable = answer.repository !== "absent" && changed.bytes + untracked.bytes <= savableBytes;
  const isSaved = answer.files !== null && saved.has(answer.files);
  const fate: Fate = isSaved ? { saved: true } : isSavable ? { savable: true } : {};
  return [
    ["uncommitted", changed.count, changed.bytes, show(changed.paths), fate],
    ["untracked", untracked.count, untracked.bytes, show(untracked.paths), fate],
  ];
}

type Rest = readonly [count: number, bytes: number, names: readonly string[]];

const ignoredDraft = ({ ignored }: Held): Rest => [
  ignored.length,
  ignored.reduce((sum, { bytes }) => sum + bytes, 0),
  ignored.map(({ path }) => path),
];

function folderDraft({ folders }: ProbeAnswer): Rest {
  const sum = (key: "count" | "bytes") => folders.reduce((total, folder) => total + folder[key], 0);
  return [sum("count"), sum("bytes"), []];
}
