import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createClock } from "../../src/adapters/clock.js";
import { thisHost } from "../../src/adapters/lock/host.js";
import { createLock } from "../../src/adapters/lock/lock.js";
import { problemsOfDocument, problemsOfEvent } from "../support/documents.js";
import { CLI, HOOK_LIMIT_MS, makeProgramWorld, PROJECT, type ProgramWorld, worker } from "../support/program.js";

/* examples/ci as a runner would run it: from a clone of the home checkout, on the fake limactl. */

const RECIPE = fileURLToPath(new URL("../../examples/ci", import.meta.url));

let world: ProgramWorld;
let clone = "";
let folder = "";

beforeAll(() => {
  world = makeProgramWorld();
  clone = world.scratch("runner");
  folder = world.scratch("out");
  world.git("clone", "-q", world.root, clone);
  const bin = world.scratch("bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "limaform"), `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, { mode: 0o755 });
}, HOOK_LIMIT_MS);
afterAll(() => world.close());

function step(script: string, args: readonly string[] = [folder], env: Record<string, string> = {}) {
  const output = world.scratch("github-output");
  writeFileSync(output, "");
  const { status, stdout, stderr } = spawnSync(join(RECIPE, script), args, {
    cwd: clone,
    encoding: "utf8",
    env: {
      ...world.env,
      PATH: `${world.scratch("bin")}${delimiter}${world.env.PATH}`,
      LIMAFORM_OWNER: world.root,
      GITHUB_OUTPUT: output,
      ...env,
    },
  });
  return { code: status, stdout, stderr, output: readFileSync(output, "utf8") };
}

const json = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), "utf8"));

describe("the recipe for CI", () => {
  it("validates the spec, and fails for a wrong one", () => {
    expect(step("validate.sh", [])).toMatchObject({ code: 0 });
    const file = join(clone, "limaform.toml");
    const text = readFileSync(file, "utf8");
    writeFileSync(file, text.replace("workers = 2", "workers = -2"));
    expect(step("validate.sh", [])).toMatchObject({ code: 1 });
    writeFileSync(file, text);
  });

  it("saves the plan and tells the workflow that there is something to do", () => {
    const found = step("plan.sh");
    expect(found).toMatchObject({ code: 0, output: "changes=yes\n" });
    expect(readFileSync(join(folder, "plan.txt"), "utf8")).toContain("worker.default[2]");
    expect(existsSync(join(folder, "next.plan"))).toBe(true);
  });

  it("says when another limaform is at work, and applies nothing", async () => {
    const clock = createClock();
    const lock = createLock({ root: world.state, project: PROJECT, owner: "x", clock, host: thisHost() });
    const quiet = { onWaiting: () => {}, onTakenOver: () => {} };
    const signal = new AbortController().signal;
    const held = await lock.acquire({ operation: "apply", timeoutMs: 0, signal, ...quiet });
    const found = step("apply.sh", [folder], { LOCK_TIMEOUT: "0s" });
    await held.release();
    expect(found).toMatchObject({ code: 75, stderr: expect.stringContaining("Run this job again later") });
    expect(world.instances()).toEqual([]);
  });

  it(
    "applies exactly that plan, for the home checkout, once",
    async () => {
      expect(step("apply.sh")).toMatchObject({ code: 0 });
      expect(problemsOfDocument(json("apply.json"))).toEqual([]);
      const events = readFileSync(join(folder, "events.ndjson"), "utf8").trim().split("\n");
      expect(events.flatMap((line) => problemsOfEvent(JSON.parse(line)))).toEqual([]);
      // The fleet is the home checkout's: there nothing of it is somebody else's.
      await world.expect(0, "drift");
      expect(step("apply.sh")).toMatchObject({ code: 1, stderr: expect.stringContaining("Plan anew") });
      expect(step("plan.sh")).toMatchObject({ code: 0, output: "changes=no\n" });
    },
    2 * HOOK_LIMIT_MS,
  );

  it("is green without drift, red with it, and red where the fleet's owner is not named", () => {
    expect(step("drift.sh")).toMatchObject({ code: 0 });
    world.limactl("stop", "--force", worker(1));
    expect(step("drift.sh")).toMatchObject({ code: 3, stderr: expect.stringContaining("limaform plan") });
    expect(problemsOfDocument(json("drift.json"))).toEqual([]);
    expect(step("drift.sh", [folder], { LIMAFORM_OWNER: "" }).code).not.toBe(0);
  });
});

interface Job {
  readonly if: string;
  readonly "runs-on": string | readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string }[];
}

describe("its workflow", () => {
  const { jobs } = parse(readFileSync(join(RECIPE, "limaform.yml"), "utf8")) as { jobs: Record<string, Job> };

  it("runs these scripts and nothing else", () => {
    const runs = Object.values(jobs).flatMap(({ steps }) =>
      steps.flatMap(({ run }) => (run === undefined ? [] : [run])),
    );
    const scripts = runs.map((run) => /^ci\/([a-z-]+\.sh)( "\$RUNNER_TEMP\/limaform")?$/.exec(run)?.[1] ?? run);
    // Getting limaform is the user's own step.
    const known = scripts.filter((script) => script !== "install-limaform.sh");
    expect(known.filter((script) => !existsSync(join(RECIPE, script)))).toEqual([]);
    expect(new Set(known)).toEqual(new Set(["validate.sh", "plan.sh", "apply.sh", "drift.sh"]));
  });

  it("names the owner on the VM host, and lets no pull request onto it", () => {
    for (const job of Object.values(jobs)) {
      if (job["runs-on"] === "ubuntu-latest") continue;
      expect(job.env?.LIMAFORM_OWNER).toMatch(/^\//);
      expect(job.if).toMatch(/^github\.event_name == '(push|schedule)'$/);
    }
  });
});
