import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RunDocument, RunsDocument, StatusDocument, WaitDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import { HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld, until, worker } from "../support/program.js";

const UNTIL = 4_102_444_800;

/** Speaks as Claude Code does. Told "limit", it says that its limit is reached, and goes on once `~/go` is there; told "ask", it is denied a tool. */
const CLAUDE = `#!${process.execPath}
const { existsSync, writeFileSync } = require("node:fs");
const say = (event) => console.log(JSON.stringify({ session_id: "c0ffee00-0000-4000-8000-000000000002", ...event }));
const usage = { input_tokens: 1200, output_tokens: 34 };
say({ type: "system", subtype: "init", model: "stub-1", cwd: process.cwd(), tools: [] });
const end = () => {
  const text = "x".repeat(1500);
  const content = [{ type: "text", text }];
  // More than comes along with one look.
  for (let n = 0; n < 1000; n += 1) say({ type: "assistant", message: { id: "m1", role: "assistant", content, usage } });
  const permission_denials = process.argv.at(-1) === "ask" ? [{ tool_name: "Bash", tool_use_id: "t1" }] : [];
  const result = { result: "I did it.", total_cost_usd: 0.05, usage, num_turns: 1, permission_denials };
  say({ type: "result", subtype: "success", is_error: false, ...result });
  // Written before the exit: stdout is a file here.
  writeFileSync(process.env.HOME + "/over", "");
};
if (process.argv.at(-1) !== "limit") end();
else {
  say({ type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt: ${UNTIL}, rateLimitType: "five_hour" } });
  const timer = setInterval(() => {
    if (!existsSync(process.env.HOME + "/go")) return;
    clearInterval(timer);
    end();
  }, 100);
}
`;

describe("an agent's run that nobody follows", () => {
  let world: ProgramWorld;
  let bin: string;
  beforeAll(async () => {
    bin = mkdtempSync(join(tmpdir(), "limaform-agent-"));
    writeFileSync(join(bin, "claude"), CLAUDE, { mode: 0o755 });
    // Guests of the fake have this machine's PATH.
    vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
    world = makeProgramWorld("workers = 2\n");
    await world.apply();
  }, 2 * HOOK_LIMIT_MS);
  afterAll(() => {
    vi.unstubAllEnvs();
    world?.close();
    rmSync(bin, { recursive: true, force: true });
  });

  const home = (slot: number) => join(world.home, "_fake", "guests", worker(slot), "home", "agent");
  const start = async (prompt: string) => {
    for (const name of ["go", "over"]) rmSync(join(home(1), name), { force: true });
    const argv = ["run", prompt, "--agent", "claude", "-w", "1", "--detach"];
    return (await world.json<RunDocument>(0, ...argv)).run;
  };
  const over = () => until("the agent is over", () => existsSync(join(home(1), "over")));
  const newest = async () => (await world.json<RunsDocument>(0, "runs", "list")).runs[0];

  it("is limited for who looks, with the time when it goes on; runs list asks the worker too, and nothing is noted", async () => {
    const run = await start("limit");
    const record = join(world.state, "runs", run, "1", "run.json");
    const noted = readFileSync(record, "utf8");
    const seen = { state: "limited", until: new Date(UNTIL * 1000).toISOString() };
    await vi.waitFor(
      async () => {
        const { workers } = await world.json<RunDocument>(0, "runs", "show", run);
        expect(workers).toMatchObject([seen]);
      },
      { timeout: 20_000 },
    );
    expect(await newest()).toMatchObject({ run, state: "live", counts: { limited: 1 } });
    expect(await world.expect(0, "status")).toContain(`${run}/1 limited`);
    expect(readFileSync(record, "utf8")).toBe(noted);
    writeFileSync(join(home(1), "go"), "");
    const waited = await world.json<WaitDocument>(0, "wait", "1", "--for", "run-done", "--timeout", "60s");
    expect(waited).toMatchObject({ verdict: "done", workers: [{ state: "done" }] });
    await world.expect(0, "runs", "attach", run);
    const { workers } = await world.json<RunDocument>(0, "runs", "show", run);
    expect(workers).toMatchObject([{ state: "done", resultText: "I did it.", costUsd: 0.05 }]);
    const transcript = await world.expect(0, "logs", "1");
    expect(transcript.match(/usage limit reached/gu)).toHaveLength(1);
    expect(transcript.match(/I did it\./gu)).toHaveLength(1);
  });

  it.each([
    ["wait", async () => (await world.json<WaitDocument>(0, "wait", "1", "--for", "run-done")).workers[0]?.state],
    ["runs show", async (run: string) => (await world.json<RunDocument>(0, "runs", "show", run)).workers[0]?.state],
    ["status", async () => (await world.json<StatusDocument>(0, "status")).workers[0]?.run?.state],
    ["runs list", async () => (await newest())?.state],
  ])("is done for %s where that is the first to look at it, however long its output is", async (_, look) => {
    const run = await start("quick");
    await over();
    await vi.waitFor(async () => expect(await look(run)).toBe("done"), { timeout: 20_000 });
    expect(await newest()).toMatchObject({ run, uncollected: 1 });
    const busy = await world.json<ErrorDocument>(1, "runs", "send", "1", "and now?");
    expect(busy).toMatchObject({ code: "RUN_WORKER_BUSY", message: expect.stringContaining("has not been collected") });
    await world.expect(0, "runs", "attach", run);
  });

  it("is waited for as run itself would end: done and not passed is exit code 1", async () => {
    const run = await start("ask");
    const waited = await world.json<WaitDocument>(1, "wait", "1", "--for", "run-done", "--timeout", "60s");
    const text = expect.stringContaining("not passed: 1 tool call was denied (Bash)");
    expect(waited).toMatchObject({ verdict: "failed", workers: [{ isReached: true, state: "done", text }] });
    expect(await newest()).toMatchObject({ run, state: "failed", counts: { done: 1 } });
  });

  it("is not reached, for whoever looks, once its VM is off", async () => {
    const argv = ["run", "--json", "-w", "2", "--detach", "--", "sleep", "600"];
    const { run }: RunDocument = JSON.parse(await world.expect(0, ...argv));
    expect(await newest()).toMatchObject({ run, state: "live", counts: { working: 1 } });
    world.limactl("stop", "--force", worker(2));
    expect(await newest()).toMatchObject({ run, state: "live", counts: { unreachable: 1 } });
    const { workers } = await world.json<StatusDocument>(0, "status");
    expect(workers[1]?.run).toMatchObject({ state: "unreachable", text: `${worker(2)} is not running` });
    expect(await world.expect(0, "runs", "show", run)).toContain(`Run ${run} is not known to have ended.`);
  });
});
