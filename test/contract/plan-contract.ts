import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { planDigest } from "../../src/app/saved-plan.js";
import type { Plan } from "../../src/plan/document.js";
import type { ApplyDocument } from "../../src/reconcilers/result.js";
import { type DummyFleet, makeDummyFleet } from "../support/dummy-fleet.js";
import { snapshot, worker } from "../support/program.js";

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: unknown;
}

/** Saved plans, limits and subsets on a fleet of instances that cannot boot; what is changed is the size of held workers. */
export function planContract(kind: "fake" | "real"): void {
  let fleet: DummyFleet;
  beforeEach(async () => {
    fleet = await makeDummyFleet(kind);
  });
  afterEach(() => fleet.close());

  const memoryOf = (name: string): number =>
    (JSON.parse(fleet.limactl("list", "--format", "{{json .}}", name)) as { memory: number }).memory / 1024 ** 2;
  const memories = () => [1, 2].map((slot) => memoryOf(worker(slot)));
  const refusal = (...argv: readonly string[]) => fleet.json<Refusal>(1, ...argv);
  const actions = (plan: Plan): readonly string[] =>
    plan.changes.filter(({ action }) => action !== "none").map(({ action, address }) => `${action} ${address}`);
  const contents = () => fleet.instances().map((name) => snapshot(join(fleet.home, name)));
  /** Refused, and every instance is as it was. */
  const expectStale = async (code: string, ...argv: readonly string[]): Promise<Refusal> => {
    const before = contents();
    const refused = await refusal("apply", ...argv);
    expect(refused).toMatchObject({ format: "limaform.error", code });
    expect(contents()).toEqual(before);
    return refused;
  };

  describe("a saved plan", () => {
    let file = "";
    beforeEach(async () => {
      file = fleet.scratch("next.plan");
      fleet.edit('memory = "512MiB"', 'memory = "768MiB"');
      await fleet.expect(0, "plan", "--out", file);
    });

    it("is applied once", async () => {
      const { verdict } = await fleet.json<ApplyDocument>(0, "apply", file);
      expect([verdict, memories()]).toEqual(["done", [768, 768]]);
      const { hint } = await expectStale("STALE_ALREADY_APPLIED", file);
      expect(hint).toContain("limaform plan");
    });

    it("is not applied a second time though the world is again what it was", async () => {
      await fleet.expect(0, "apply", file);
      for (const slot of [1, 2]) fleet.limactl("edit", worker(slot), "--set", '.memory = "512MiB"');
      await expectStale("STALE_ALREADY_APPLIED", file);
    });

    it("is refused when a worker was edited since, which is named and no other", async () => {
      fleet.limactl("edit", worker(1), "--set", '.memory = "1GiB"');
      const { message } = await expectStale("STALE_PLAN", file);
      expect(message).toContain("worker.default[1]");
      expect(message).not.toContain("worker.default[2]");
      expect(memories()).toEqual([1024, 512]);
    });

    it("is refused when a worker was deleted since", async () => {
      fleet.limactl("delete", worker(2));
      const { message } = await expectStale("STALE_PLAN", file);
      expect(message).toContain("worker.default[2]");
      expect(message).not.toContain("worker.default[1]");
    });

    it("does not mind what changed elsewhere: a worker outside it, copies, instances of others, code", async () => {
      await fleet.expect(0, "plan", "--out", file, "--target", "worker.default[1]");
      fleet.limactl("edit", worker(2), "--set", ".cpus = 2");
      fleet.limactl("clone", worker(2), "mine");
      fleet.make("theirs", null);
      fleet.write("new.txt", "new\n");
      fleet.git("add", "-A");
      fleet.git("commit", "-qm", "code");
      await fleet.expect(0, "apply", file);
      expect(memories()).toEqual([768, 512]);
    });

    it("is applied from any folder, whatever the environment says", async () => {
      const env = {
        ...{ LIMA_HOME: "", LIMAFORM_PROJECT: "other", LIMAFORM_OWNER: "/nowhere", LIMAFORM_CONFIG: "/nowhere" },
        ...{ LIMAFORM_VM_MEMORY: "2GiB", LIMAFORM_WORKERS: "9" },
      };
      const { code, stderr } = await fleet.run(["apply", file], { cwd: "/", env });
      expect([code, stderr]).toEqual([0, expect.not.stringContaining("warning")]);
      expect([memories(), fleet.instances()]).toMatchObject([[768, 768], { length: 4 }]);
    });

    it("is refused on another host, which is named", async () => {
      const { plan } = JSON.parse(readFileSync(file, "utf8")) as { plan: Plan };
      const moved = { ...plan, madeOn: { host: "buildbox", hostId: "0123456789abcdef" } };
      writeFileSync(file, JSON.stringify({ plan: moved, digest: planDigest(moved) }));
      const { message } = await expectStale("STALE_OTHER_PLACE", file);
      expect(message).toContain("it was made on the host buildbox, and this is ");
    });

    it("is refused when the commit that it pinned is gone, before anything is done", async () => {
      fleet.git("commit", "-q", "--allow-empty", "-m", "second");
      const head = fleet.git("rev-parse", "HEAD");
      await fleet.expect(0, "plan", "--out", file, "--replace", "worker.default[1]");
      fleet.git("reset", "-q", "--hard", "HEAD~1");
      fleet.git("reflog", "expire", "--expire=now", "--all");
      fleet.git("gc", "-q", "--prune=now");
      const { message } = await expectStale("STALE_COMMIT", file);
      expect(message).toContain(
        `binding.default[1]: planned commit ${head.slice(0, 8)}, but the repository no longer has commit ${head}`,
      );
    });

    it("is refused under another LIMA_HOME, and both places are named", async () => {
      const elsewhere = fleet.scratch("elsewhere");
      const { code, stdout } = await fleet.run(["apply", file, "--json"], { env: { LIMA_HOME: elsewhere } });
      const { code: word, message } = JSON.parse(stdout) as Refusal;
      expect([code, word]).toEqual([1, "STALE_OTHER_PLACE"]);
      expect(message).toContain(fleet.home);
      expect(message).toContain(elsewhere);
      expect(memories()).toEqual([512, 512]);
    });
  });

  describe("limits of the spec", () => {
    it.each([
      ["memory", '"600MiB"', /worst moment .* limits\.memory allows 600 MiB \(the host has /],
      ["cpus", "1", /VMs at once need 2 CPUs; limits\.cpus allows 1 \(the host has /],
      ["disk", '"20MiB"', /can grow to .* limits\.disk allows 20 MiB/],
    ])("%s: a plan that goes over it is shown whole, and refused before anything is made", async (key, value, text) => {
      fleet.edit("workers = 2", "workers = 4");
      fleet.write("limaform.toml", `${fleet.spec()}\n[limits]\n${key} = ${value}\n`);
      const plan = await fleet.json<Plan>(1, "plan");
      expect(plan.applicable).toBe(false);
      expect(plan.errors).toMatchObject([{ code: "PLAN_OVER_LIMIT", text: expect.stringMatching(text) }]);
      expect(plan.errors[0]?.hint).toMatch(new RegExp(`raise limits\\.${key}.*limaform plan`));
      expect(actions(plan)).toEqual(expect.arrayContaining(["create worker.default[3]", "create worker.default[4]"]));
      const refused = await expectStale("PLAN_OVER_LIMIT", "--yes");
      expect(refused.message).toMatch(text);
      const shown = await fleet.run(["plan"]);
      expect(shown.code).toBe(1);
      expect(shown.stdout + shown.stderr).toMatch(text);
      expect(fleet.instances()).toHaveLength(4);
    });

    it("that hold are none: the same plan under limits that are high enough has no error", async () => {
      fleet.edit("workers = 2", "workers = 4");
      fleet.write("limaform.toml", `${fleet.spec()}\n[limits]\nmemory = "900GiB"\ncpus = 64\ndisk = "1TiB"\n`);
      expect((await fleet.plan()).errors).toEqual([]);
    });
  });

  describe("a part of the fleet", () => {
    it("--target changes what it names and leaves the rest for the next apply", async () => {
      fleet.edit('memory = "512MiB"', 'memory = "768MiB"');
      const plan = await fleet.json<Plan>(0, "plan", "--target", "worker.default[2]");
      expect(actions(plan)).toEqual(["update worker.default[2]"]);
      await fleet.json(0, "apply", "--yes", "--target", "worker.default[2]");
      expect(memories()).toEqual([512, 768]);
      expect(actions(await fleet.plan())).toEqual(["update worker.default[1]"]);
    });

    it("--replace of one worker replaces that one alone", async () => {
      const plan = await fleet.json<Plan>(0, "plan", "--replace", "worker.default[2]");
      expect(plan.changes.filter(({ action }) => !/none|push/.test(action))).toMatchObject([
        { action: "replace", address: "worker.default[2]" },
      ]);
    });

    it.each([
      [["--target", "worker.default[9]"], "there is no worker.default[9]"],
      [["--target", "worker.default[2-1]"], "is not an address"],
      [["--target", "worker.default[1]", "--replace", "worker.default[2]"], "is not among the targets"],
      [["--replace", "binding.default[1]"], "cannot be replaced"],
    ])("%j is refused", async (argv, text) => {
      const before = contents();
      for (const command of [["plan"], ["apply", "--yes"]]) {
        const { code, stdout } = await fleet.run([...command, ...argv, "--json"]);
        expect([code, stdout]).toEqual([1, expect.stringContaining("PLAN_TARGET_UNKNOWN")]);
        expect(stdout).toContain(text);
      }
      expect(contents()).toEqual(before);
    });
  });
}
