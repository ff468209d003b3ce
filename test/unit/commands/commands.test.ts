import { describe, expect, it } from "vitest";
import type { RunRequest } from "../../../src/app/app.js";
import { LimaError, LockBusyError } from "../../../src/errors/errors.js";
import { change, planOf } from "../views/plan-fixture.js";
import { fakeProcess } from "./fake-process.js";

const busy = planOf([change("worker.default[1]", "create", "not there")]);

describe("plan", () => {
  it("hands its flags to the use case", async () => {
    const fake = fakeProcess();
    const targets = ["image.golden", "worker.default[1]"];
    const discardWork = ["worker.default[2]"];
    const flags = ["--target", ...targets, "--discard-work", ...discardWork];
    await fake.run("plan", ...flags, "--destroy");
    await fake.run("plan", ...flags, "--replace", "image.tools");
    const common = { targets, discardWork, writes: [] };
    const destroy = { kind: "destroy", keepImages: false, workersOnly: false };
    expect(fake.calls).toEqual([
      ["plan", { ...common, intent: destroy, replaces: [] }],
      ["plan", { ...common, intent: { kind: "apply" }, replaces: ["image.tools"] }],
    ]);
  });

  it("does not pass over a replacement where everything is to go", async () => {
    const fake = fakeProcess();
    expect(await fake.run("plan", "--destroy", "--replace", "worker.default[1]")).toBe(64);
    expect(fake.calls).toEqual([]);
  });

  it("exits with 2 for changes only when asked to", async () => {
    expect(await fakeProcess({ plan: busy }).run("plan")).toBe(0);
    expect(await fakeProcess({ plan: busy }).run("plan", "--detailed-exitcode")).toBe(2);
    expect(await fakeProcess().run("plan", "--detailed-exitcode")).toBe(0);
  });

  it("tells the app its exit code, for the end of the event stream", async () => {
    const fake = fakeProcess({ plan: busy });
    await fake.run("plan", "--detailed-exitcode");
    expect(fake.closed).toEqual([2]);
  });

  it("saves with --out and still prints one document with --json", async () => {
    const fake = fakeProcess({ plan: busy });
    expect(await fake.run("plan", "--out", "next.plan", "--json")).toBe(0);
    expect(JSON.parse(fake.stdout.text)).toMatchObject({ format: "limaform.plan" });
    expect(fake.calls[1]).toEqual(["writePlan", "next.plan", busy]);
  });
});

describe("drift", () => {
  const items = [{ address: "worker.default[1]", instance: "w", kind: "missing", text: "not there" }] as const;
  const drifted = (complete: boolean) => ({
    drift: async () => ({ format: "limaform.drift", version: 1, drifted: true, complete, items, error: null }) as const,
  });

  it("exits with 3 for drift, 0 without, and 1 when it could not read everything", async () => {
    expect(await fakeProcess({ app: drifted(true) }).run("drift")).toBe(3);
    expect(await fakeProcess().run("drift")).toBe(0);
    expect(await fakeProcess({ app: drifted(false) }).run("drift")).toBe(1);
  });
});

describe("stop and start", () => {
  it("make an intent of the workers that were named", async () => {
    const fake = fakeProcess();
    await fake.run("stop", "1", "2");
    expect(fake.calls[0]).toEqual(["resolveWorkers", ["1", "2"]]);
    expect(fake.calls[1]?.[1]).toMatchObject({
      intent: { kind: "stop", addresses: ["worker.default[1]", "worker.default[2]"] },
    });
  });

  it("mean all workers when none is named", async () => {
    const fake = fakeProcess();
    await fake.run("start");
    expect(fake.calls[0]).toEqual(["resolveWorkers", ["all"]]);
  });
});

describe("shell", () => {
  it("passes the command and its code through, also words that repeat or look like flags", async () => {
    const fake = fakeProcess();
    expect(await fake.run("shell", "2", "--", "sh", "-c", "2", "--json", "sh")).toBe(7);
    expect(fake.calls).toEqual([["shell", "2", ["sh", "-c", "2", "--json", "sh"]]]);
  });

  it("takes worker 1 and an interactive shell by default, and --command as a line for sh", async () => {
    const fake = fakeProcess();
    await fake.run("shell");
    await fake.run("shell", "--command", "ls | wc");
    expect(fake.calls).toEqual([
      ["shell", "1", []],
      ["shell", "1", ["sh", "-c", "ls | wc"]],
    ]);
  });

  it("exits with 125 when limaform fails before the command", async () => {
    const app = { shell: () => Promise.reject(new LimaError("LIMA_NOT_RUNNING", "worker 1 is stopped")) };
    const fake = fakeProcess({ app });
    expect(await fake.run("shell", "--", "true")).toBe(125);
    expect(fake.stderr.text).toContain("LIMA_NOT_RUNNING");
  });

  it("refuses --json", async () => {
    expect(await fakeProcess().run("shell", "--json")).toBe(64);
  });
});

const workIn = (request: unknown) => {
  if (request === undefined) return undefined;
  const { agent, prompt, argv } = request as RunRequest;
  return { agent, prompt, argv };
};

describe("run", () => {
  it("hands over the command as typed", async () => {
    const fake = fakeProcess();
    expect(await fake.run("run", "--workers", "1-2", "--timeout", "5m", "--parallel", "3", "--", "make", "-j2")).toBe(
      0,
    );
    const [, request] = fake.calls[0] ?? [];
    expect(request).toEqual({
      ...{ agent: null, prompt: "" },
      argv: ["make", "-j2"],
      workers: ["1-2"],
      parallel: 3,
      detach: false,
      timeoutMs: 300_000,
      continue: false,
      queue: false,
      label: null,
      tasks: null,
    });
  });

  it("reads a task file before anything else, and never detaches one", async () => {
    const fake = fakeProcess();
    expect(await fake.run("run", "--tasks", "t.txt", "--queue", "--label", "x", "--", "agent", "{prompt}")).toBe(0);
    expect(fake.calls.map(([name]) => name)).toEqual(["readTasks", "run"]);
    const tasks = [{ id: "t1", prompt: "one", files: [] }];
    expect(fake.calls[1]?.[1]).toMatchObject({ queue: true, label: "x", tasks });
    expect(await fakeProcess().run("run", "--tasks", "t.txt", "--detach", "--", "true")).toBe(64);
  });

  const promptOf = async (argv: readonly string[], input?: string) => {
    const fake = fakeProcess(input === undefined ? {} : { input });
    fake.files.set("/home/me/my-app/TASK.md", "from a file");
    const code = await fake.run("run", ...argv);
    const [, request] = fake.calls.find(([name]) => name === "run") ?? [];
    return { code, text: fake.stderr.text, work: workIn(request) };
  };

  it("takes a prompt as typed, from a file, or from what is piped in", async () => {
    const work = { agent: { name: null, model: null, isYolo: false, conversation: null }, argv: [] };
    expect((await promptOf(["fix the tests"])).work).toEqual({ ...work, prompt: "fix the tests" });
    expect((await promptOf(["--file", "TASK.md"])).work).toEqual({ ...work, prompt: "from a file" });
    expect((await promptOf([], "piped")).work).toEqual({ ...work, prompt: "piped" });
    expect((await promptOf(["-"], "piped")).work).toEqual({ ...work, prompt: "piped" });
    expect((await promptOf(["fix", "--yolo", "--agent", "codex", "--model", "m"])).work).toEqual({
      ...{ argv: [], prompt: "fix", agent: { name: "codex", model: "m", isYolo: true, conversation: null } },
    });
  });

  it.each([
    [[], "USAGE_MISSING_ARGUMENT"],
    [["-"], "USAGE_MISSING_ARGUMENT"],
    [["fix", "--", "make"], "a prompt or a command"],
    [["--yolo", "--", "make"], "--yolo or a command"],
    [["fix", "--file", "TASK.md"], "a prompt or --file"],
    [["--file", "gone.md"], "cannot be read"],
    [["fix", "--var", "a=b"], "no --template is given"],
    [["--var", "a=b", "--", "make"], "no --template is given"],
    [["fix", "--timeout", "0s"], "longer than nothing"],
    [["fix", "--template", "t"], "a prompt or --template"],
    [["fix", "--tasks", "t.txt"], "a prompt or --tasks"],
    [["--template", "t", "--", "make"], "--template or a command"],
  ])("refuses %j", async (argv, text) => {
    const refused = await promptOf(argv);
    expect(refused.code).toBe(64);
    expect(refused.text).toContain(text);
    expect(refused.work).toBeUndefined();
  });

  it("takes a label of blanks for none", async () => {
    const fake = fakeProcess();
    await fake.run("run", "--label", " ", "--", "true");
    expect(fake.calls[0]?.[1]).toMatchObject({ label: null });
  });

  it("exits with 1 when a worker failed", async () => {
    const run = async () => ({ format: "limaform.run", version: 1, run: "r", verdict: "failed", workers: [] }) as const;
    expect(await fakeProcess({ app: { run } }).run("run", "--", "false")).toBe(1);
  });
});

describe("results", () => {
  it("lists without a word, and takes the words of its commands", async () => {
    const fake = fakeProcess();
    await fake.run("results");
    await fake.run("results", "list");
    await fake.run("results", "show", "r/1");
    await fake.run("results", "accept", "r/1", "--keep-commits");
    await fake.run("results", "discard", "r/1");
    expect(fake.calls).toEqual([
      ["results"],
      ["results"],
      ["result", "r/1"],
      ["acceptResult", "r/1", { keepCommits: true, allow: [] }],
      ["discardResult", "r/1"],
    ]);
  });

  it("takes flagged categories by name", async () => {
    const fake = fakeProcess();
    expect(await fake.run("results", "accept", "save/1", "--allow", "ci,modes")).toBe(0);
    expect(fake.calls).toEqual([["acceptResult", "save/1", { keepCommits: false, allow: ["ci", "modes"] }]]);
  });
});

describe("the other commands", () => {
  it.each([
    [
      ["init", "--template", "nodejs", "--force"],
      ["init", { template: "node", from: null, force: true }],
    ],
    [
      ["status", "1-2"],
      ["status", ["1-2"]],
    ],
    [
      ["list", "--all"],
      ["list", { allProjects: true }],
    ],
    [
      ["ssh-config", "1"],
      ["sshConfig", ["1"]],
    ],
    [["validate"], ["validate"]],
    [["config"], ["config"]],
    [
      ["show", "next.plan"],
      ["readPlan", "next.plan"],
    ],
  ])("%j calls its use case", async (argv, call) => {
    const fake = fakeProcess();
    expect(await fake.run(...argv)).toBe(0);
    expect(fake.calls).toEqual([call]);
  });

  it("answer with one JSON document each", async () => {
    const lines = ["init", "validate", "config", "plan", "show x", "apply", "destroy", "drift", "status", "list"];
    lines.push("ssh-config", "spawn 3", "stop", "start", "teardown", "run -- true", "results", "results show r/1");
    lines.push("results accept r/1", "results discard r/1", "completion bash", "version", "help", "help plan");
    for (const line of lines) {
      const fake = fakeProcess();
      const [words = "", ...command] = line.split(" -- ");
      const code = await fake.run(...words.split(" "), "--json", ...(command.length === 0 ? [] : ["--", ...command]));
      expect([line, code]).toEqual([line, 0]);
      expect(JSON.parse(fake.stdout.text)).toMatchObject({ format: expect.stringMatching(/^limaform\./), version: 1 });
    }
  });
});

describe("errors", () => {
  it("keep their own exit code and hint", async () => {
    const plan = () => Promise.reject(new LockBusyError("LOCK_BUSY", "held by pid 7", { hint: "limaform unlock" }));
    const fake = fakeProcess({ app: { plan } });
    expect(await fake.run("plan")).toBe(75);
    expect(fake.stderr.text).toBe("Error: held by pid 7 [LOCK_BUSY]\n  → limaform unlock\n");
  });

  it("of unknown make are bugs: exit 70 and a document with --json", async () => {
    const plan = () => Promise.reject(new TypeError("x is undefined"));
    const fake = fakeProcess({ app: { plan } });
    expect(await fake.run("plan", "--json")).toBe(70);
    expect(JSON.parse(fake.stdout.text)).toMatchObject({ code: "BUG_INTERNAL" });
  });

  it("of closing do not hide the result", async () => {
    const close = () => Promise.reject(new Error("pipe"));
    const fake = fakeProcess({ app: { close } });
    expect(await fake.run("plan")).toBe(70);
    expect(fake.stdout.text).toContain("No changes.");
  });
});

describe("global flags", () => {
  it("reach the app, also before the command's name", async () => {
    const fake = fakeProcess();
    await fake.run("-c", "other.toml", "--project=two", "plan", "--lock-timeout", "1m");
    expect(fake.options[0]).toMatchObject({
      command: "plan",
      config: "other.toml",
      project: "two",
      lockTimeoutMs: 60_000,
    });
  });

  it("write the event stream as NDJSON", async () => {
    const event = { v: 1, seq: 0, at: "2026-11-22T10:00:00Z", run: "r", type: "observe.started" } as const;
    const fake = fakeProcess({
      app: {
        plan: async () => {
          fake.options[0]?.onEvent(event);
          return planOf([]);
        },
      },
    });
    await fake.run("plan", "--events", "events.ndjson");
    expect(fake.files.get("events.ndjson")).toBe(`${JSON.stringify(event)}\n`);
  });
});

describe("signals", () => {
  it("reach the app once for each stage, and the third ends the process", async () => {
    const fake = fakeProcess({
      app: {
        plan: async () => {
          for (let count = 0; count < 3; count += 1) fake.signal("SIGTERM");
          return planOf([]);
        },
      },
    });
    await fake.run("plan");
    expect(fake.calls.filter(([name]) => name === "interrupt")).toHaveLength(2);
    expect(fake.exits).toEqual([143]);
  });

  it("end a question: nothing done, exit 130", async () => {
    const fake = fakeProcess({ plan: busy, isInteractive: true });
    const code = fake.run("apply");
    while (!fake.calls.some(([name]) => name === "ask")) await new Promise((resolve) => setImmediate(resolve));
    fake.signal("SIGINT");
    expect(await code).toBe(130);
    expect(fake.calls.map(([name]) => name)).toEqual(["plan", "ask", "interrupt"]);
  });

  it("give their code to an interrupted apply", async () => {
    const fake = fakeProcess({
      plan: busy,
      app: {
        apply: async () => {
          fake.signal("SIGHUP");
          return { format: "limaform.apply", version: 1, verdict: "interrupted", steps: [], summary: {}, error: null };
        },
      },
    });
    expect(await fake.run("apply", "--yes", "--json")).toBe(129);
    expect(JSON.parse(fake.stdout.text)).toMatchObject({ verdict: "interrupted" });
  });
});

describe("image prune", () => {
  it("shows what goes, and needs a word where nobody can be asked", async () => {
    const fake = fakeProcess();
    expect(await fake.run("image", "prune")).not.toBe(0);
    expect(fake.stdout.text).toContain("my-app-golden-51d0ee24");
    expect(fake.calls.map(([name]) => name)).toEqual(["prunable"]);
  });

  it("removes with --yes, and only shows with --dry-run", async () => {
    const dry = fakeProcess();
    expect(await dry.run("image", "prune", "--dry-run", "--yes", "--json")).toBe(0);
    expect(dry.calls.map(([name]) => name)).toEqual(["prunable"]);
    const fake = fakeProcess();
    expect(await fake.run("image", "prune", "--yes", "--keep", "1", "--all")).toBe(0);
    expect(fake.calls[0]?.[1]).toEqual({ keep: 1, allDownloads: true, writes: [] });
    expect(fake.stdout.text).toContain("Removed 1 image, 2 downloads, at most 1 GiB.");
    expect(await fakeProcess().run("image", "prune", "--keep", "-1")).toBe(64);
  });
});
