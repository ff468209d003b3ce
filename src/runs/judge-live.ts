import type { RunEvidence } from "./evidence.js";
import type { JudgeRules, RunJudgement } from "./state.js";
import type { ModelWait } from "./stream-summary.js";

type Live = Pick<RunJudgement, "state" | "text" | "since" | "until">;

const NOTHING_YET = { failure: null, exitCode: null, isPassed: null, checkExitCode: null, warnings: [] } as const;

/** A run whose unit is active: what it is doing, by what it printed and by what moved. */
export function judgeLive(evidence: RunEvidence, rules: JudgeRules): RunJudgement {
  const warnings = deniedWarnings(rules);
  return { ...NOTHING_YET, ...judgeQuiet(evidence, rules), warnings };
}

/** Silence comes first: what said "limited" an hour ago and has not moved since is stuck, unless it said until when. */
function judgeQuiet(evidence: RunEvidence, rules: JudgeRules): Live {
  const phase = judgePhase(evidence, rules);
  const last = lastProgress(evidence);
  const quietMs = last === null || evidence.now === null ? 0 : Date.parse(evidence.now) - Date.parse(last.at);
  const isAnnounced = phase.until !== null && evidence.now !== null && phase.until > evidence.now;
  if (last === null || quietMs < rules.stuckAfterMs || isAnnounced || phase.state === "waiting") return phase;
  // No span of time: a text that changes with each look would be told as news each time.
  const text = `no progress since ${last.at} (last: ${last.by}); ${phase.text}`;
  return { state: "stuck", text, since: last.at, until: null };
}

function judgePhase(evidence: RunEvidence, { summary }: JudgeRules): Live {
  const { start, agentAt, exit, hasCheck } = evidence;
  if (start === null) return { state: "preparing", text: "systemd starts it", since: null, until: null };
  if (exit !== null) {
    return { state: "working", text: hasCheck ? "hooks.check runs" : "it ends", since: exit.at, until: null };
  }
  if (agentAt === null) return { state: "preparing", text: "hooks.pre_run runs", since: start.at, until: null };
  if (summary === null) return { state: "working", text: "running", since: agentAt, until: null };
  if (summary.waitsForInput !== null) {
    const text = `it waits for an answer: ${summary.waitsForInput}`;
    return { state: "waiting", text, since: evidence.outputAt, until: null };
  }
  if (summary.waitsForModel !== null) return judgeWait(evidence, summary.waitsForModel, agentAt);
  const tool = summary.openTools.at(-1);
  const text = tool !== undefined ? `${tool.name} runs` : summary.conversation === null ? "it starts" : "it thinks";
  return { state: "working", text, since: agentAt, until: null };
}

function judgeWait(evidence: RunEvidence, wait: ModelWait, agentAt: string): Live {
  if (wait.kind === "retrying") {
    return { state: "working", text: wait.text.trim() || "it asks the model again", since: agentAt, until: null };
  }
  return {
    state: "limited",
    text: waitText(wait),
    since: evidence.outputAt,
    until: wait.until ?? laterBy(evidence, wait),
  };
}

/** An agent need not say why it waits; a state is never without a word. */
function waitText({ kind, text }: ModelWait): string {
  const said = text.trim();
  if (kind === "limited") return said || "the model allows no more for now";
  return said === "" ? "the model is not reached" : `the model is not reached: ${said}`;
}

function laterBy({ outputAt }: RunEvidence, { resumesInMs }: ModelWait): string | null {
  if (outputAt === null || resumesInMs === null || resumesInMs > YEAR_MS) return null;
  return new Date(Date.parse(outputAt) + resumesInMs).toISOString();
}

const YEAR_MS = 366 * 24 * 3_600_000;

/** The newest of all that counts as progress. */
export function lastProgress(evidence: RunEvidence): { readonly at: string; readonly by: string } | null {
  const { start, prepared, agentAt, exit, outputAt, progress } = evidence;
  const all = [
    { at: start?.at ?? null, by: "its start" },
    { at: prepared?.at ?? null, by: "hooks.pre_run ended" },
    { at: agentAt, by: "the agent started" },
    { at: exit?.at ?? null, by: "the agent ended" },
    { at: outputAt, by: "output" },
    { at: progress?.at ?? null, by: progress?.by === "files" ? "files changed" : "CPU used" },
  ];
  return all.reduce<{ at: string; by: string } | null>(
    (best, { at, by }) => (at !== null && (best === null || at >= best.at) ? { at, by } : best),
    null,
  );
}

export function deniedWarnings({ summary }: JudgeRules): readonly string[] {
  const denied = summary?.denied ?? [];
  if (denied.length === 0) return [];
  const tools = [...new Set(denied)].slice(0, 5).join(", ");
  return [`${denied.length} tool ${denied.length === 1 ? "call was" : "calls were"} denied (${tools})`];
}
