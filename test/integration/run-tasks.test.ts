import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { LogsDocument, ResultsDocument, RunDocument, RunsDocument, WaitDocument } from "../../src/app/app.js";
import type { ErrorDocument } from "../../src/events/event.js";
import { eventsIn, HOOK_LIMIT_MS, makeProgramWorld, PROJECT, type ProgramWorld, until } from "../support/program.js";

describe("runs around the command: lists, logs, waiting, queues, tasks", () => {
  let world: ProgramWorld;
  beforeAll(async () => {
    world = makeProgramWorld("workers = 2\n", "[sync.to]\nexclude = []\n");
    await world.apply();
  }, 2 * HOOK_LIMIT_MS);
  afterAll(() => world?.close());
  beforeEach(() => world.configure({}));

  const guest = (slot: number, ...path: string[]) =>
    join(world.home, "_fake", "guests", `${PROJECT}-worker-${slot}`, ...path);
  /** How often a task began, over all workers: each adds a line to a file of its guest. */
  const begun = () =>
    [1, 2].flatMap((slot) => {
      const file = guest(slot, "home", "agent", "begun");
      return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    });

  const transcriptsHeld = () =>
    readdirSync(join(world.state, "leases")).filter((name) => name.endsWith(".transcript.json"));

  /** What follows `--` is the command's. */
  const ran = async <T = RunDocument>(code: number, ...argv: readonly string[]) =>
    JSON.parse(await world.expect(code, "run", "--json", ...argv)) as T;

  it("lists a run by its label, shows it, and tells what it said, escaped", async () => {
    const script = "echo said; printf '\\033[2Jodd\\n' >&2; exit 3";
    const run = await ran(1, "--label", "first try", "--", "sh", "-c", script);
    const { runs } = await world.json<RunsDocument>(0, "runs", "list");
    expect(runs[0]).toMatchObject({ run: run.run, label: "first try", state: "failed", counts: { failed: 2 } });
    const shown = await world.json<RunDocument>(0, "runs", "show", run.run);
    expect(shown.workers.map(({ slot, state, exitCode }) => [slot, state, exitCode])).toEqual([
      [1, "failed", 3],
      [2, "failed", 3],
    ]);
    expect(await world.expect(0, "logs", "2")).toBe("said\n\\x1b[2Jodd\n");
    const both = (await world.expect(0, "logs")).trimEnd().split("\n");
    expect(both.sort()).toEqual(["1 | \\x1b[2Jodd", "1 | said", "2 | \\x1b[2Jodd", "2 | said"]);
    expect(await world.expect(0, "logs", "2", "--raw", "--tail", "1")).toBe("said\n\\x1b[2Jodd\n");
    const logs = await world.json<LogsDocument>(0, "logs", "--run", `${run.run}/1`);
    expect(logs.parts).toMatchObject([
      {
        slot: 1,
        state: "failed",
        lines: [
          { kind: "text", text: "said" },
          { kind: "stderr", text: "\\x1b[2Jodd" },
        ],
      },
    ]);
    expect(logs.parts[0]?.lines[0]?.at).toMatch(/^\d{4}-.*Z$/u);
    await world.json<ErrorDocument>(1, "logs", "--run", "20200101-000000-abcd");
    expect(await world.json<WaitDocument>(1, "wait", "--for", "run-done")).toMatchObject({ verdict: "failed" });
    expect(await world.json<WaitDocument>(0, "wait", "--for", "ready")).toMatchObject({ verdict: "done" });
  });

  it("waits for a detached run, follows its log, and refuses or queues a second run meanwhile", async () => {
    const go = guest(1, "home", "agent", "go");
    const wait = "echo one; until [ -e ~/go ]; do sleep 0.1; done; echo two; echo x > made";
    const { run } = await ran(0, "-w", "1", "--detach", "--", "sh", "-c", wait);
    const late = await world.json<WaitDocument>(1, "wait", "1", "--for", "run-done", "--timeout", "1s");
    expect(late).toMatchObject({ verdict: "timed_out", workers: [{ slot: 1, state: "working", isReached: false }] });
    const busy = await ran<ErrorDocument>(1, "-w", "1", "--", "true");
    expect(busy).toMatchObject({ code: "RUN_WORKER_BUSY", hint: expect.stringContaining("--queue") });
    const beside = await ran<ErrorDocument>(1, "-w", "1", "--continue", "--", "true");
    expect(beside).toMatchObject({ code: "RUN_WORKER_BUSY", hint: expect.stringContaining(`runs cancel ${run}`) });
    expect(beside.message).toContain("is at work");
    const events = world.scratch("queued.ndjson");
    const queue = ["run", "-w", "1", "--queue", "--json", "--events", events, "--"];
    const queued = world.start([...queue, "sh", "-c", "echo second"]);
    await until("it is queued", () => eventsIn(events).some((event) => "state" in event && event.state === "queued"));
    // One that waits for its turn writes nobody's transcript.
    expect(transcriptsHeld()).toEqual([]);
    const following = world.start(["logs", "1", "--follow"]);
    await until("the log is followed", () => transcriptsHeld().length > 0);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(transcriptsHeld()).toEqual([`${run}-1.transcript.json`]);
    expect(existsSync(guest(1, "home", "agent", "shop", "made"))).toBe(false);
    await world.expect(0, "shell", "1", "--", "touch", "../go");
    expect(existsSync(go)).toBe(true);
    expect((await following.ended).stdout).toBe("one\ntwo\n");
    const second = await queued.ended;
    expect(second.code, second.stdout + second.stderr).toBe(0);
    const { results } = await world.json<ResultsDocument>(0, "results", "list");
    expect(results.map(({ id }) => id)).toContain(`${run}/1`);
    expect(await world.expect(0, "logs", "1")).toBe("second\n");
  });

  it("spreads tasks over workers, each from the same base, each with its own result and branch", async () => {
    world.write("tasks.txt", "# prompts\nalpha\n\nbeta\ngamma fails\ndelta\nepsilon\n");
    const make =
      'echo "$LIMAFORM_TASK" >> ~/begun; ls *.made 2>/dev/null; echo "$1" > "$LIMAFORM_TASK.made"; case $1 in *fails) exit 4 ;; esac';
    const argv = ["--tasks", "tasks.txt", "--", "sh", "-c", make, "name", "{prompt}"];
    const run = await ran(1, ...argv);
    expect(run.workers.map(({ task, state, commits }) => [task, state, commits])).toEqual([
      ["t1", "done", 1],
      ["t2", "done", 1],
      ["t3", "failed", 1],
      ["t4", "done", 1],
      ["t5", "done", 1],
    ]);
    expect(begun().sort()).toEqual(["t1", "t2", "t3", "t4", "t5"]);
    // No task saw what another one made.
    expect(await world.expect(0, "logs", "--run", run.run)).toBe("");
    await world.expect(0, "results", "accept", `${run.run}/t4`);
    expect(world.git("show", `limaform/${run.run}/t4:t4.made`)).toBe("delta");
    const { runs } = await world.json<RunsDocument>(0, "runs", "list");
    expect(runs[0]).toMatchObject({ run: run.run, counts: { done: 4, failed: 1 }, uncollected: 0 });
    world.git("branch", "-D", `limaform/${run.run}/t4`);
  });

  it("--output has each part as soon as it ended, and a folder in the repository is never brought into a worker", async () => {
    world.write("two.txt", "one\ntwo\n");
    const seen = join(world.root, "out", "t1", "transcript.log");
    const wait = `echo said; n=0; [ $1 = one ] || until grep -q said ${seen}; do n=$((n+1)); [ $n -lt 300 ] || exit 9; sleep 0.1; done`;
    await ran(0, "--tasks", "two.txt", "--output", "out", "--", "sh", "-c", wait, "name", "{prompt}");
    expect(readFileSync(join(world.root, "out", "t2", "stdout.log"), "utf8")).toBe("said\n");
    await ran(0, "--parallel", "1", "--output", "out", "--", "sh", "-c", "echo said; ls -A");
    expect(readFileSync(join(world.root, "out", "2", "stdout.log"), "utf8")).not.toContain("out\n");
    expect(readdirSync(join(world.root, "out")).sort()).toEqual(["1", "2", "t1", "t2"]);
    rmSync(join(world.root, "out"), { recursive: true });
  });

  it("goes on after its limaform was killed: nothing is begun twice, nothing is lost", async () => {
    for (const slot of [1, 2]) await world.expect(0, "shell", String(slot), "--", "rm", "-f", "../begun");
    world.write(
      "tasks.toml",
      Array.from({ length: 8 }, (_, index) => `[[task]]\nid = "k${index}"\nprompt = "p"\n`).join(""),
    );
    const make = 'echo "$LIMAFORM_TASK" >> ~/begun; sleep 0.3; echo "$LIMAFORM_TASK" | tee made';
    const events = world.scratch("tasks.ndjson");
    const out = world.scratch("given");
    const argv = ["run", "--tasks", "tasks.toml", "--output", out, "--events", events, "--", "sh", "-c", make];
    const running = world.start(argv);
    await until(
      "two tasks are over",
      () => eventsIn(events).filter((event) => event.type === "run.worker" && event.state === "done").length >= 2,
    );
    running.signal("SIGKILL");
    await running.ended;
    const { runs } = await world.json<RunsDocument>(0, "runs", "list");
    const id = runs[0]?.run ?? "";
    expect(["live", "open"]).toContain(runs[0]?.state);
    const attached = await world.run(["runs", "attach", id]);
    expect(attached.code, attached.stdout + attached.stderr).toBe(0);
    const shown = await world.json<RunDocument>(0, "runs", "show", id);
    expect(shown.workers.map(({ task, state }) => [task, state])).toEqual(
      Array.from({ length: 8 }, (_, index) => [`k${index}`, "done"]),
    );
    expect(begun().sort()).toEqual(Array.from({ length: 8 }, (_, index) => `k${index}`));
    const { results } = await world.json<ResultsDocument>(0, "results", "list");
    expect(results.filter(({ run }) => run === id)).toHaveLength(8);
    expect(transcriptsHeld()).toEqual([]);
    const given = () => readdirSync(out).map((task) => readFileSync(join(out, task, "stdout.log"), "utf8"));
    expect(given().sort()).toEqual(Array.from({ length: 8 }, (_, index) => `k${index}\n`));
    // What another run has there since stays; what is there in part is made whole.
    writeFileSync(join(out, "k1", "stdout.log"), "another\n");
    writeFileSync(join(out, "k2", "stdout.log"), "k");
    rmSync(join(out, "k3"), { recursive: true });
    await world.expect(0, "runs", "attach", id);
    expect(given().sort()).toEqual(["another\n", "k0\n", ...["k2\n", "k3\n", "k4\n", "k5\n", "k6\n", "k7\n"]]);
    rmSync(join(out, "k4"), { recursive: true });
    await world.expect(0, "runs", "attach", `${id}/k4`);
    expect(readFileSync(join(out, "k4", "stdout.log"), "utf8")).toBe("k4\n");
    rmSync(out, { recursive: true });
    expect((await world.run(["runs", "attach", `${id}/../k4`])).code).toBe(1);
    expect(existsSync(out)).toBe(false);
    writeFileSync(out, "no folder");
    const attachedAgain = await world.run(["runs", "attach", id]);
    expect([attachedAgain.code, attachedAgain.stderr]).toEqual([
      0,
      expect.stringContaining("kept in the state folder"),
    ]);
  });

  it("says all that is wrong with a task file before anything starts", async () => {
    world.write("bad.toml", '[[task]]\nid = "A B"\nprompt = "p"\n[[task]]\nprompt = ""\nfiles = ["../x"]\n');
    const bad = await ran<ErrorDocument>(64, "--tasks", "bad.toml", "--", "true");
    expect(bad).toMatchObject({
      code: "USAGE_TASKS_FILE",
      details: { problems: [{ place: "task 1" }, { place: "task 2" }] },
    });
    await ran<ErrorDocument>(64, "--tasks", "none.txt", "--", "true");
    await ran<ErrorDocument>(64, "--tasks", "bad.toml", "--detach", "--", "true");
    world.write("long.txt", `fine\n${"x".repeat(121 * 1024)}\n`);
    const long = await world.json<ErrorDocument>(1, "run", "--tasks", "long.txt", "--agent", "claude");
    expect(long).toMatchObject({ code: "RUN_PROMPT_INVALID", message: expect.stringMatching(/^task t2: /u) });
  });

  it("shows tasks that wait, and cancels a list whose limaform is gone for good", async () => {
    world.write("slow.txt", "a\nb\nc\nd\n");
    const events = world.scratch("slow.ndjson");
    const running = world.start(["run", "--tasks", "slow.txt", "--events", events, "--", "sleep", "60"]);
    const working = () =>
      eventsIn(events).filter(({ type, ...event }) => "state" in event && event.state === "working");
    await until("two tasks are at work", () => working().length >= 2);
    const listed = (await world.json<RunsDocument>(0, "runs")).runs[0]?.run ?? "";
    // One that waits, by its own name, while another limaform has the list.
    const one = await world.json<RunDocument>(0, "runs", "cancel", `${listed}/t3`);
    expect(one.workers).toMatchObject([{ task: "t3", state: "cancelled" }]);
    const unknown = await world.json<ErrorDocument>(1, "runs", "cancel", `${listed}/t9`);
    expect(unknown).toMatchObject({ code: "RUN_NOT_FOUND", hint: expect.stringContaining("t4") });
    running.signal("SIGKILL");
    await running.ended;
    const id = (await world.json<RunsDocument>(0, "runs")).runs[0]?.run ?? "";
    const shown = await world.json<RunDocument>(0, "runs", "show", id);
    expect(shown.verdict).toBe("detached");
    expect(shown.workers.map(({ state }) => state).slice(2)).toEqual(["cancelled", "queued"]);
    expect(await world.expect(0, "runs", "show", id)).toContain(`Run ${id} goes on in the workers.`);
    expect(await world.expect(0, "runs", "show", `${id}/t4`)).toContain(`Run ${id} has tasks that wait.`);
    expect((await world.json<RunDocument>(0, "runs", "show", `${id}/t4`)).workers[0]?.state).toBe("queued");
    const cancelled = await world.json<RunDocument>(0, "runs", "cancel", id);
    expect(cancelled.workers.map(({ state }) => state)).toEqual(Array.from({ length: 4 }, () => "cancelled"));
    await world.expect(1, "runs", "attach", id);
    const [last] = (await world.json<RunsDocument>(0, "runs")).runs;
    expect(last).toMatchObject({ run: id, state: "failed", counts: { cancelled: 4 }, uncollected: 0 });
  });

  it("a damaged record is named and hides no other run; a worker that may be at work for it is not given away", async () => {
    await ran(0, "-w", "2", "--", "true");
    const { run } = await ran(0, "-w", "1", "--detach", "--", "sh", "-c", "until [ -e ~/over ]; do sleep 0.1; done");
    const file = join(world.state, "runs", run, "1", "run.json");
    const record = readFileSync(file, "utf8");
    writeFileSync(file, record.slice(0, 40));
    const list = await world.json<RunsDocument>(0, "runs", "list");
    expect(list.damaged).toMatchObject([{ run, path: file, error: { code: "STORE_DAMAGED" } }]);
    expect(list.runs.length).toBeGreaterThan(0);
    expect(await world.expect(0, "runs", "list")).toContain(`rm ${file}`);
    const status = await world.json<{ workers: { slot: number; run: unknown }[] }>(0, "status");
    expect(status.workers[0]).toMatchObject({ slot: 1, run: { id: `${run}/1`, state: "unknown" } });
    expect((await world.json<ErrorDocument>(1, "wait", "1", "--for", "run-done")).code).toBe("STORE_DAMAGED");
    expect((await world.json<ErrorDocument>(1, "runs", "show", run)).code).toBe("STORE_DAMAGED");
    // Another worker is not concerned; this one has the run, by its own word.
    await ran(0, "-w", "2", "--", "true");
    const busy = await ran<ErrorDocument>(1, "-w", "1", "--", "true");
    expect(busy).toMatchObject({ code: "RUN_WORKER_BUSY", hint: expect.stringContaining("--continue") });
    expect(busy.message).toContain(file);
    writeFileSync(file, record);
    await world.expect(0, "shell", "1", "--", "touch", "../over");
    await world.expect(0, "runs", "attach", run);
    writeFileSync(file, record.slice(0, 40));
    // It was collected, and the worker says so.
    await ran(0, "-w", "1", "--", "true");
    const list2 = join(world.state, "runs", run, "tasks.json");
    writeFileSync(list2, "{");
    expect((await world.json<RunsDocument>(0, "runs", "list")).damaged.map(({ path }) => path)).toEqual([file, list2]);
    rmSync(join(world.state, "runs", run), { recursive: true });
  });

  it("cancels a run for good", async () => {
    const { run } = await ran(0, "--detach", "--", "sleep", "60");
    const cancelled = await world.json<RunDocument>(0, "runs", "cancel", run);
    expect(cancelled.workers.map(({ state }) => state)).toEqual(["cancelled", "cancelled"]);
    const attached = await world.run(["runs", "attach", run]);
    expect(attached.code).toBe(1);
    expect((await world.json<RunsDocument>(0, "runs")).runs[0]).toMatchObject({ state: "failed", uncollected: 0 });
  });
});
