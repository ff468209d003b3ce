import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { CLI, HOOK_LIMIT_MS, makeBuiltWorld, type ProgramWorld, snapshot, worker } from "../support/program.js";

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

  it("is refused under another LIMA_HOME", async () => {
    const { code, stderr } = await world.run(["apply", file], { env: { LIMA_HOME: world.scratch("other-home") } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("STALE_OTHER_PLACE")]);
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
