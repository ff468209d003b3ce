import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backendOf } from "../../src/backends/registry.js";
import type { RunJudgement } from "../../src/runs/state.js";
import { type AgentName, type HostCase, programOf, runOnHost, VERSIONS } from "../support/host-agent.js";
import { type ModelStub, startModelStub } from "../support/model-stub/server.js";

/*
 * The real claude, codex, gemini and opencode on this host, unattended, against a model that answers well, refuses, fails,
 * or says nothing. What our backends read of each must be the state that it came to. LIMAFORM_RECORD=DIR keeps the
 * streams: that is where test/fixtures/streams comes from.
 *
 * All cases run at once: they wait, mostly.
 */

/** What a run came to. */
type Came = Partial<Pick<RunJudgement, "state" | "failure" | "isPassed">>;

interface Row extends HostCase {
  readonly came: Came;
  /** What its stream up to the limit says after an hour in which nothing moved. */
  readonly live?: RunJudgement["state"];
}

const DONE = { state: "done", failure: null, isPassed: true } as const;
const failed = (failure: RunJudgement["failure"]): Came => ({ state: "failed", failure, isPassed: false });
/** Claude tries ten times, for three minutes; twice shows the same. */
const TWICE = { CLAUDE_CODE_MAX_RETRIES: "2" };

const ROWS: Readonly<Record<AgentName, readonly Row[]>> = {
  claude: [
    { mode: "commit", came: DONE },
    { mode: "401", env: TWICE, came: failed("credentials") },
    { mode: "429", env: TWICE, came: failed("rate_limit") },
    { mode: "quota", env: { ANTHROPIC_AUTH_TOKEN: "stub-token", ANTHROPIC_API_KEY: "" }, came: failed("rate_limit") },
    { mode: "500", env: TWICE, came: failed("agent_error") },
    { mode: "commit", isYolo: false, came: { state: "done", isPassed: false } },
    { mode: "hang", limitMs: 30_000, came: failed("timeout"), live: "stuck" },
    { mode: "loop", limitMs: 30_000, came: failed("timeout") },
  ],
  codex: [
    { mode: "commit", came: DONE },
    { mode: "401", came: failed("credentials") },
    { mode: "429", came: failed("rate_limit") },
    { mode: "quota", came: failed("rate_limit") },
    { mode: "500", came: failed("agent_error") },
    { mode: "hang", limitMs: 30_000, came: failed("timeout"), live: "stuck" },
    { mode: "loop", limitMs: 30_000, came: failed("timeout") },
  ],
  gemini: [
    { mode: "commit", came: DONE },
    { mode: "401", came: failed("credentials") },
    { mode: "429", came: failed("rate_limit"), limitMs: 600_000 },
    { mode: "quota", came: failed("rate_limit"), limitMs: 600_000 },
    { mode: "500", came: failed("agent_error"), limitMs: 600_000 },
    { mode: "commit", isYolo: false, came: { state: "done", isPassed: false } },
    { mode: "hang", limitMs: 30_000, came: failed("timeout"), live: "stuck" },
    // It sees that it turns in a circle, and stops.
    { mode: "loop", came: failed("agent_error") },
  ],
  opencode: [
    { mode: "commit", came: DONE },
    { mode: "401", came: failed("credentials") },
    { mode: "429", came: failed("rate_limit") },
    { mode: "quota", came: failed("rate_limit") },
    { mode: "500", came: failed("agent_error") },
    { mode: "commit", isYolo: false, came: { state: "done", isPassed: false } },
    { mode: "hang", limitMs: 90_000, came: failed("timeout"), live: "stuck" },
    { mode: "loop", limitMs: 90_000, came: failed("timeout") },
  ],
};

const labelOf = ({ mode, isYolo }: Row): string => (isYolo === false ? `${mode} without --yolo` : mode);

let stub: ModelStub;
beforeAll(async () => {
  stub = await startModelStub();
  for (const name of Object.keys(VERSIONS)) await programOf(found(name));
});
afterAll(() => stub?.close());

function found(name: string) {
  const backend = backendOf(name);
  if (backend === null) throw new Error(`no backend ${name}`);
  return backend;
}

describe.each(Object.entries(ROWS))("the real %s", (name, rows) => {
  it.concurrent.each(rows.map((row) => [labelOf(row), row] as const))("%s", async (label, row) => {
    const backend = found(name);
    const ran = await runOnHost(backend, stub, row);
    await record(`${name}-${label}`, ran.lines);
    expect(ran.asked, `requests to the model; ${ran.tail}`).toBeGreaterThan(0);
    expect(ran.end, ran.tail).toMatchObject(row.came);
    if (row.live !== undefined) expect(ran.live?.state).toBe(row.live);
    if (row.mode === "loop") expect(ran.summary.toolCalls).toBeGreaterThan(1);
    if (row.came !== DONE) return;
    expect(ran.commits).toBe(1);
    expect(ran.summary).toMatchObject({ result: { isOk: true, text: "All done." }, toolCalls: 1, openTools: [] });
    expect(ran.summary.tokens?.input).toBeGreaterThan(0);
    expect(ran.summary.costUsd !== null).toBe(backend.tellsCost);
  });
});

async function record(name: string, lines: readonly string[]): Promise<void> {
  const folder = process.env.LIMAFORM_RECORD;
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name.replaceAll(" ", "_")}.jsonl`), lines.map((line) => `${line}\n`).join(""));
}
