import { spawnSync } from "node:child_process";
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import {
  CLI,
  type Ended,
  eventsIn,
  HOOK_LIMIT_MS,
  makeBuiltWorld,
  type ProgramWorld,
  snapshot,
  until,
  worker,
} from "../support/program.js";

/* Saved plans, approval, and what a plan is made from. */

let world: ProgramWorld;
beforeAll(async () => {
  world = await makeBuiltWorld();
  world.edit("workers = 0", "workers = 1");
  await world.apply();
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

const stepsOf = (plan: Plan) => plan.steps.map(({ id, after }) => [id, after]);
const errorOf = async (...argv: readonly string[]) => {
  const document = await world.json<{ format: string; code: string; message: string }>(1, ...argv);
  expect(document.format).toBe("limaform.error");
  return document;
};

/** Worker 1 runs; the saved plan adds worker 2. */
describe("a saved plan", () => {
  let file = "";
  beforeEach(async () => {
    await removeSecond();
    world.edit(/workers = \d/, "workers = 2");
    file = world.scratch("next.plan");
    await world.expect(0, "plan", "--out", file);
    world.changes();
  }, HOOK_LIMIT_MS);
  /** Back to one worker, running and released. */
  async function removeSecond(): Promise<void> {
    world.configure({});
    if (!world.spec().includes("workers = 1")) world.edit(/workers = \d/, "workers = 1");
    await world.expect(0, "apply", "--yes");
  }
  const damage = (change: (text: string) => string) => writeFileSync(file, change(readFileSync(file, "utf8")));

  it("is readable by the user alone, needs no answer and applies once", async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await world.expect(0, "show", file, "--json"))).toMatchObject({ format: "limaform.plan" });
    await world.expect(0, "apply", file);
    expect(world.changes()).toEqual([`clone ${worker(2)}`, `start ${worker(2)}`]);
    expect(await errorOf("apply", file)).toMatchObject({ code: "STALE_ALREADY_APPLIED" });
    expect(world.changes()).toEqual([]);
  });

  it("is what was saved, whatever spec, environment and flags say by now", async () => {
    world.edit("workers = 2", "workers = 5");
    const env = { LIMAFORM_WORKERS: "7" };
    const { code, stderr } = await world.run(["apply", file, "--target", "worker.default[9]"], { env });
    expect([code, stderr]).toEqual([0, expect.stringContaining("ignored: --target")]);
    expect(world.instances().filter((name) => name.includes("-worker-"))).toEqual([worker(1), worker(2)]);
  });

  it("is refused where something that it would make is there by now, and names it", async () => {
    await world.expect(0, "apply", "--yes");
    world.changes();
    const error = await errorOf("apply", file);
    expect(error).toMatchObject({ code: "STALE_PLAN" });
    expect(error.message).toContain("worker.default[2]");
    expect(world.changes()).toEqual([]);
  });

  it("is refused where something that it would change was changed meanwhile", async () => {
    world.edit("workers = 2", "workers = 1");
    world.edit('memory = "512MiB"', 'memory = "768MiB"');
    await world.expect(0, "plan", "--out", file);
    world.edit('memory = "768MiB"', 'memory = "512MiB"');
    world.limactl("stop", worker(1));
    world.changes();
    const error = await errorOf("apply", file);
    expect(error).toMatchObject({ code: "STALE_PLAN" });
    expect(error.message).toContain("worker.default[1]");
    expect(world.changes()).toEqual([]);
  });

  it("does not mind what moved elsewhere", async () => {
    world.limactl("stop", worker(1));
    world.changes();
    await world.expect(0, "apply", file);
    expect(world.changes()).toEqual([`clone ${worker(2)}`, `start ${worker(2)}`]);
    expect(world.status(worker(1))).toBe("Stopped");
  });

  it.each([
    ["edited", "USAGE_PLAN_FILE", (text: string) => text.replaceAll("worker-2", "worker-3")],
    ["cut", "USAGE_PLAN_FILE", (text: string) => text.slice(0, text.length / 2)],
    [
      "of another version",
      "STALE_OTHER_VERSION",
      (text: string) => text.replace(/"engine": ".*?"/, '"engine": "9.9.9"'),
    ],
  ])("that is %s is refused as a whole", async (_what, code, change) => {
    damage(change);
    const { code: exitCode, stdout } = await world.run(["apply", file, "--json"]);
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      code.startsWith("USAGE") ? 64 : 1,
      expect.objectContaining({ code }),
    ]);
    expect(world.changes()).toEqual([]);
  });

  it("counts as applied when the apply failed, and where the record is lost", async () => {
    world.configure({ faults: [{ verb: "clone", do: "fail", message: "no luck" }] });
    await world.expect(1, "apply", file);
    world.configure({});
    world.changes();
    expect(await errorOf("apply", file)).toMatchObject({ code: "STALE_ALREADY_APPLIED" });
    rmSync(join(world.state, "record.json"));
    expect(await errorOf("apply", file)).toMatchObject({ code: "STALE_ALREADY_APPLIED" });
    expect(world.changes()).toEqual([]);
  });

  it("needs neither spec, folder nor LIMA_HOME of its day", async () => {
    const [spec, away] = [join(world.root, "limaform.toml"), world.scratch("away.toml")];
    renameSync(spec, away);
    try {
      const env = { LIMA_HOME: "", LIMAFORM_PROJECT: "other", LIMAFORM_OWNER: "/nowhere", LIMAFORM_CONFIG: "/nowhere" };
      const { code, stderr } = await world.run(["apply", file], { cwd: "/", env });
      expect([code, stderr]).toEqual([0, expect.not.stringContaining("warning")]);
    } finally {
      renameSync(away, spec);
    }
    expect(world.changes()).toEqual([`clone ${worker(2)}`, `start ${worker(2)}`]);
  });

  it("brings in the commit that it pinned, also when HEAD moved on", async () => {
    const planned = world.git("rev-parse", "HEAD");
    world.write("later.txt", "later\n");
    world.git("add", "-A");
    world.git("commit", "-qm", "later");
    await world.expect(0, "apply", file);
    const note = JSON.parse(readFileSync(join(world.home, worker(2), "limaform-push.json"), "utf8"));
    expect(note.commit).toBe(planned);
    world.git("reset", "-q", "--hard", "HEAD~1");
  });

  it("lies in the repository with its events, and neither is ever carried in or counts as a change", async () => {
    const [plan, events] = [join(world.root, "next.plan"), join(world.root, "events.jsonl")];
    await world.expect(0, "plan", "--out", plan, "--events", events);
    expect(world.git("status", "--porcelain")).toContain("?? next.plan");
    await world.expect(0, "apply", plan, "--events", events);
    await world.expect(0, "plan", "--detailed-exitcode");
    expect(await world.expect(0, "shell", "2", "--", "ls")).not.toMatch(/next\.plan|events/u);
    for (const file of [plan, events]) rmSync(file);
  });

  it("is refused before anything is done when the uncommitted files are others", async () => {
    world.write("draft.txt", "one\n");
    await world.expect(0, "plan", "--out", file);
    world.write("draft.txt", "two\n");
    world.changes();
    const error = await errorOf("apply", file);
    expect(error.code).toBe("STALE_CARRIED");
    expect(error.message).toContain("binding.default[1]");
    expect(world.changes()).toEqual([]);
    rmSync(join(world.root, "draft.txt"));
  });

  it("is refused before anything is done when a file that the image is made of is another one", async () => {
    await world.expect(0, "plan", "--out", file, "--target", "image.tools", "--replace", "image.tools");
    const image = join(world.root, "base.img");
    const before = readFileSync(image);
    writeFileSync(image, Buffer.alloc(before.length, 9));
    world.changes();
    const error = await errorOf("apply", file);
    expect(error.message).toContain("./base.img with sha256:");
    expect(world.changes()).toEqual([]);
    writeFileSync(image, before);
  });

  it("names everything that moved, not only the first", async () => {
    world.write("draft.txt", "one\n");
    await world.expect(0, "plan", "--out", file);
    world.write("draft.txt", "two\n");
    world.limactl("unprotect", world.instances().find((name) => name.includes("-golden-")) ?? "");
    world.limactl("start", world.instances().find((name) => name.includes("-golden-")) ?? "");
    world.changes();
    const error = await errorOf("apply", file);
    expect(error).toMatchObject({ code: "STALE_PLAN" });
    for (const address of ["binding.default[1]", "worker.default[2]"]) expect(error.message).toContain(address);
    expect(world.changes()).toEqual([]);
    world.restore();
    world.edit("workers = 0", "workers = 1");
  });

  it("is refused under another LIMA_HOME", async () => {
    const { code, stderr } = await world.run(["apply", file], { env: { LIMA_HOME: world.scratch("other-home") } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("STALE_OTHER_PLACE")]);
  });
});

describe("an apply that waited for the lock", () => {
  /** A first apply that stands still in its clone, and a second one that waits for it. */
  async function second(edit: () => void): Promise<{ readonly first: Ended; readonly second: Ended }> {
    world.configure({ faults: [{ verb: "clone", at: "begin", do: "wait" }] });
    rmSync(join(world.home, "_fake", "go"), { force: true });
    const first = world.start(["apply", "--yes"]);
    await until("the clone began", () =>
      world.calls().some(({ verb, args }) => verb === "clone" && args.includes(worker(3))),
    );
    edit();
    const file = world.scratch("second-events");
    rmSync(file, { force: true });
    const waiting = world.start(["apply", "--yes", "--lock-timeout", "1m", "--events", file]);
    await until("it waits", () => eventsIn(file).some(({ type }) => type === "lock.waiting"));
    world.go();
    return { first: await first.ended, second: await waiting.ended };
  }
  beforeEach(async () => {
    world.restore();
    world.edit("workers = 0", "workers = 2");
    await world.apply();
    world.edit("workers = 2", "workers = 3");
  }, HOOK_LIMIT_MS);

  afterAll(async () => {
    world.restore();
    world.edit("workers = 0", "workers = 1");
    await world.apply();
  });

  it("has nothing left to do where the first one did it", async () => {
    const ended = await second(() => {});
    expect([ended.first.code, ended.second.code]).toEqual([0, 0]);
    expect(ended.second.stderr).toContain("nothing is left to do");
    expect(world.calls().filter(({ verb, args }) => verb === "clone" && args.includes(worker(3)))).toHaveLength(1);
  });

  it("does the rest of what was approved", async () => {
    const ended = await second(() => world.edit("workers = 3", "workers = 4"));
    expect([ended.first.code, ended.second.code, ended.second.stderr]).toEqual([
      0,
      0,
      expect.stringContaining("the rest of what was approved"),
    ]);
    expect(world.instances()).toContain(worker(4));
  });
});

describe("approval", () => {
  beforeEach(() => world.edit(/workers = \d/, "workers = 3"));

  it("without a terminal or with --json is a flag, else nothing is done", async () => {
    const before = snapshot(world.home, ["_fake"]);
    world.changes();
    for (const command of [["apply"], ["destroy"], ["spawn", "4"], ["stop", "1"]]) {
      expect((await world.run(command)).stderr).toContain("USAGE_APPROVAL_NEEDED");
      expect(await world.json(64, ...command)).toMatchObject({ code: "USAGE_APPROVAL_NEEDED" });
    }
    expect(world.changes()).toEqual([]);
    expect(snapshot(world.home, ["_fake"])).toEqual(before);
    expect(world.spec()).toContain("workers = 3");
  });
});

describe("a terminal", () => {
  /** Of util-linux and of macOS. */
  const inTerminal = (answer: string) => {
    const line = `'${process.execPath}' '${CLI}' apply`;
    const argv = process.platform === "darwin" ? ["-q", "/dev/null", "sh", "-c", line] : ["-qec", line, "/dev/null"];
    const options = { cwd: world.root, env: world.env, input: answer, encoding: "utf8", timeout: 60_000 } as const;
    return spawnSync("script", argv, options);
  };

  it("is asked, and any answer but yes leaves all as it was", () => {
    world.edit(/workers = \d/, "workers = 4");
    world.changes();
    for (const answer of ["no\n", "y\n", "\n"]) {
      const { status, stdout } = inTerminal(answer);
      expect([answer, status, stdout]).toEqual([answer, 1, expect.stringContaining("Declined. Nothing was done.")]);
    }
    expect(world.changes()).toEqual([]);
    expect(inTerminal("yes\n").status).toBe(0);
    expect(world.changes()).toContain(`clone ${worker(4)}`);
  });
});

describe("a plan", () => {
  it("is the same without record, with a cut journal and without one", async () => {
    world.edit(/workers = \d/, "workers = 5");
    const steps = stepsOf(await world.plan());
    expect(steps.length).toBeGreaterThan(0);
    const journal = join(world.state, "journal.ndjson");
    const text = readFileSync(journal, "utf8");
    rmSync(join(world.state, "record.json"));
    expect(stepsOf(await world.plan())).toEqual(steps);
    writeFileSync(journal, text.slice(0, -30));
    expect(stepsOf(await world.plan())).toEqual(steps);
    rmSync(journal);
    expect(stepsOf(await world.plan())).toEqual(steps);
    writeFileSync(join(world.state, "record.json"), '{"format": "limaform.rec');
    expect(stepsOf(await world.plan())).toEqual(steps);
    await world.json<ApplyDocument>(0, "apply", "--yes");
    await world.expect(0, "drift");
  });

  it("planned twice gives the same bytes but for the clock", async () => {
    world.edit(/workers = \d/, "workers = 6");
    const [first, second] = [await world.expect(0, "plan"), await world.expect(0, "plan")];
    expect(second).toBe(first);
  });
});

describe("the project's owner", () => {
  it("is the repository: a clone elsewhere is refused, a worktree is not", async () => {
    world.git("commit", "-qam", "spec");
    await world.expect(0, "apply", "--yes");
    const [clone, tree] = [world.scratch("clone"), world.scratch("tree")];
    world.git("clone", "-q", world.root, clone);
    const taken = await world.run(["plan", "--json"], { cwd: clone });
    expect([taken.code, JSON.parse(taken.stdout)]).toEqual([
      1,
      expect.objectContaining({ errors: [expect.objectContaining({ code: "PLAN_PROJECT_TAKEN" })] }),
    ]);
    expect(taken.stdout).toContain(`on this host at ${world.root}`);
    for (const command of ["apply", "destroy"]) {
      const refused = await world.run([command, "--yes", "--json"], { cwd: clone });
      expect([refused.code, JSON.parse(refused.stdout).code]).toEqual([1, "PLAN_PROJECT_TAKEN"]);
    }
    world.git("worktree", "add", "-q", tree);
    const shared = await world.run(["plan", "--detailed-exitcode"], { cwd: tree });
    expect([shared.code, shared.stderr]).toEqual([0, ""]);
  });
});
