import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { RunDocument, RunsDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import { eventsIn, HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld, until, worker } from "../support/program.js";

/** Speaks as Claude Code does, and notes what it was told: one line of JSON a call. */
const CLAUDE = `#!${process.execPath}
const { appendFileSync } = require("node:fs");
const argv = process.argv.slice(2);
const prompt = argv.at(-1);
appendFileSync(process.env.HOME + "/told", JSON.stringify(argv) + "\\n");
const say = (event) => console.log(JSON.stringify({ session_id: "c0ffee00-0000-4000-8000-000000000001", ...event }));
say({ type: "system", subtype: "init", model: "stub-1", cwd: process.cwd(), tools: [] });
appendFileSync("made.txt", prompt.split("\\n")[0] + "\\n");
const usage = { input_tokens: 1200, output_tokens: 34 };
const content = [{ type: "text", text: "I did it." }];
say({ type: "assistant", message: { id: "m1", role: "assistant", model: "stub-1", content, usage } });
const result = { result: "I did it.", total_cost_usd: 0.05, usage, num_turns: 1, permission_denials: [] };
say({ type: "result", subtype: "success", is_error: false, ...result });
`;

describe("an agent at work, on the program", () => {
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
  const told = (slot: number): readonly (readonly string[])[] => {
    const file = join(home(slot), "told");
    return existsSync(file)
      ? readFileSync(file, "utf8")
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line))
      : [];
  };
  const agent = ["--agent", "claude"];

  it("tells its result, tokens and cost in the document and the events; --output copies what it said", async () => {
    const events = world.scratch("agent.ndjson");
    const out = world.scratch("out");
    writeFileSync(out, "a file is in its place");
    const refused = await world.json<ErrorDocument>(1, "run", "begin", ...agent, "-w", "1", "--output", out);
    expect(refused).toMatchObject({ code: "STORE_OUTPUT", details: { path: out } });
    expect(told(1)).toEqual([]);
    rmSync(out);
    const argv = ["run", "begin", ...agent, "-w", "1", "--output", out, "--events", events];
    const run = await world.json<RunDocument>(0, ...argv);
    expect(run.workers).toMatchObject([
      { slot: 1, agent: "claude", state: "done", resultText: "I did it.", costUsd: 0.05, commits: 1 },
    ]);
    expect(run.workers[0]?.tokens).toMatchObject({ input: 1200, output: 34 });
    const last = eventsIn(events).findLast(({ type }) => type === "run.worker");
    expect(last).toMatchObject({ slot: 1, state: "done", tokens: 1234, costUsd: 0.05 });
    expect(readFileSync(join(out, "1", "stdout.log"), "utf8")).toContain('"total_cost_usd":0.05');
    expect(readFileSync(join(out, "1", "transcript.log"), "utf8")).toContain("I did it.");
    expect(await world.expect(0, "status")).toContain(`${run.run}/1 done`);
  });

  it("goes on with the conversation of a collected run, on the tree that it left", async () => {
    const send = await world.json<RunDocument>(0, "runs", "send", "1", "and now the rest");
    expect(send.workers).toMatchObject([
      { slot: 1, state: "done", conversation: "c0ffee00-0000-4000-8000-000000000001" },
    ]);
    const argv = told(1).at(-1) ?? [];
    expect(argv[argv.indexOf("--resume") + 1]).toBe("c0ffee00-0000-4000-8000-000000000001");
    expect(argv.at(-1)).toBe("and now the rest");
    expect(await world.expect(0, "shell", "1", "--", "cat", "made.txt")).toBe("begin\nand now the rest\n");
    const { runs } = await world.json<RunsDocument>(0, "runs", "list");
    expect(runs[0]?.label).toMatch(/^goes on with /u);
    const none = await world.json<ErrorDocument>(1, "runs", "send", "2", "and now?");
    expect(none).toMatchObject({ code: "RUN_NO_CONVERSATION", message: expect.stringContaining("nothing ran on it") });
  });

  it("fills a template for each worker, and for each task of a list; a task's files stand below its prompt", async () => {
    world.write(".limaform/prompts/fix.md", "Fix {{what}} on {{slot}}.");
    await world.json(0, "run", "--template", "fix", "--var", "what=it", ...agent, "-w", "2");
    expect(told(2).at(-1)?.at(-1)).toBe("Fix it on 2.");
    world.write(".limaform/prompts/task.md", "{{task}}: {{prompt}} with {{what}}");
    world.write(
      "tasks.toml",
      '[[task]]\nid = "a"\nprompt = "one"\nfiles = ["README.md"]\n[[task]]\nid = "b"\nprompt = "two"\n',
    );
    const list = ["--tasks", "tasks.toml", "--template", "task", "--var", "what=care"];
    const run = await world.json<RunDocument>(0, "run", ...list, ...agent, "-w", "2");
    expect(run.workers.map(({ task, state }) => [task, state])).toEqual([
      ["a", "done"],
      ["b", "done"],
    ]);
    const prompts = told(2).map((argv) => argv.at(-1));
    expect(prompts.slice(-2)).toEqual([
      "a: one with care\n\nFiles that this is about:\n- README.md",
      "b: two with care",
    ]);
    await world.json(64, "run", "--template", "fix", ...agent);
  });

  it("is seen by status --watch until Ctrl-C", async () => {
    const watching = world.start(["status", "--watch"]);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    watching.signal("SIGINT");
    const { stdout, stderr } = await watching.ended;
    expect(stdout, stderr).toMatch(/RUN/u);
    expect(stdout).toMatch(/done/u);
  });

  it("is taken up by runs attach where its limaform died before the first task began", async () => {
    // The first write of the list is before the first call into a worker.
    world.write("many.txt", "p1\np2\np3\n");
    const running = world.start(["run", "--tasks", "many.txt", ...agent]);
    let id: string | null = null;
    await until("the list is written", () => {
      id = runOfTasks(join(world.state, "runs"));
      return id !== null;
    });
    running.signal("SIGKILL");
    await running.ended;
    const { runs } = await world.json<RunsDocument>(0, "runs", "list");
    expect(runs[0]).toMatchObject({ run: id });
    await world.expect(0, "runs", "attach", String(id));
    const shown = await world.json<RunDocument>(0, "runs", "show", String(id));
    expect(shown.workers.map(({ state }) => state)).toEqual(["done", "done", "done"]);
  });
});

/** The run whose list has these prompts, once it is written. */
function runOfTasks(folder: string): string | null {
  const isIt = (name: string) => {
    const file = join(folder, name, "tasks.json");
    return existsSync(file) && readFileSync(file, "utf8").includes('"p3"');
  };
  return readdirSync(folder).find(isIt) ?? null;
}
