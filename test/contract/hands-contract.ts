import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { Plan } from "../../src/plan/document.js";
import { type DummyFleet, makeDummyFleet } from "../support/dummy-fleet.js";
import { snapshot, worker } from "../support/program.js";

interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly details: { readonly errors?: readonly { readonly code: string; readonly text: string }[] };
}

/**
 * What other hands do to a fleet, past limaform and through it, held against real limactl with instances that cannot boot,
 * and against the fake one. The built program plans and acts; `limactl` is the user at a terminal.
 */
export function handsContract(kind: "fake" | "real"): void {
  let fleet: DummyFleet;
  beforeEach(async () => {
    fleet = await makeDummyFleet(kind);
  });
  afterEach(() => fleet.close());

  const actions = (plan: Plan): readonly string[] =>
    plan.changes.filter(({ action }) => action !== "none").map(({ action, instance }) => `${action} ${instance}`);
  const refusal = (...argv: readonly string[]) => fleet.json<Refusal>(1, ...argv);
  /** Everything below an instance's folder but what Lima itself rewrites when it lists. */
  const content = (name: string) => snapshot(join(fleet.home, name));
  const moved = (): string => {
    const to = fleet.scratch("moved");
    renameSync(fleet.root, to);
    return to;
  };
  const at = (cwd: string, ...argv: readonly string[]) => fleet.run(argv, { cwd });
  const jsonAt = async <T>(cwd: string, code: number, ...argv: readonly string[]): Promise<T> => {
    const { stdout, ...ended } = await at(cwd, ...argv, "--json");
    expect(ended.code, `${argv.join(" ")}\n${stdout}${ended.stderr}`).toBe(code);
    return JSON.parse(stdout) as T;
  };
  const raw = (name: string): string => readFileSync(join(fleet.home, name, "lima.yaml"), "utf8");

  it("stands on a fleet that needs nothing", async () => {
    expect(actions(await fleet.plan())).toEqual([]);
  });

  describe("copies that limactl made", () => {
    it("of a worker and of an image are listed, warned about and outlive a destroy untouched, with their base disks", async () => {
      const base = fleet.seal(fleet.golden);
      fleet.limactl("clone", fleet.golden, "my-image");
      fleet.limactl("clone", worker(1), "my-worker");
      const before = [content("my-image"), content("my-worker")];
      const plan = await fleet.plan();
      expect(actions(plan)).toEqual([]);
      expect(plan.warnings.join("\n")).toMatch(new RegExp(`my-image is a copy of ${fleet.golden}`));
      expect(plan.warnings.join("\n")).toMatch(/my-worker is a copy of/);
      const { instances } = await fleet.json<{ instances: { name: string; foreignCopy: boolean }[] }>(0, "list");
      expect(instances.filter(({ foreignCopy }) => foreignCopy).map(({ name }) => name)).toEqual([
        "my-image",
        "my-worker",
      ]);
      await fleet.json(0, "destroy", "--yes");
      expect([...fleet.instances()].sort()).toEqual(["my-image", "my-worker"]);
      expect([content("my-image"), content("my-worker")]).toEqual(before);
      expect(existsSync(base)).toBe(true);
    });

    it("let their base disk go with the next destroy after them, which has nothing else to do", async () => {
      const base = fleet.seal(fleet.golden);
      fleet.limactl("clone", fleet.golden, "my-image");
      await fleet.json(0, "destroy", "--yes");
      fleet.limactl("delete", "my-image");
      expect(existsSync(base)).toBe(true);
      const { stderr } = await fleet.run(["destroy", "--yes"]);
      expect(existsSync(base)).toBe(false);
      expect(stderr).toContain(`removed what no disk stands on any more: ${fleet.golden}.raw`);
    });

    it("under the old one's name gone: a renamed worker is missed and left alone, a renamed image is built anew", async () => {
      fleet.limactl("rename", worker(2), "kept");
      fleet.limactl("unprotect", fleet.golden);
      fleet.limactl("rename", fleet.golden, "kept-image");
      const plan = await fleet.plan();
      // Its name is free, so the second build needs none of its own; nobody is replaced because of it.
      expect(actions(plan)).toEqual(expect.arrayContaining([`create ${fleet.golden}`, `create ${worker(2)}`]));
      expect(actions(plan).filter((text) => /^(delete|replace)/.test(text))).toEqual([]);
      expect(plan.warnings.join("\n")).toMatch(/kept is a copy of .*kept-image is a copy of/s);
      // As the plan says it.
      const adopt = `limaform adopt 'worker.default[2]' kept`;
      expect(plan.warnings.filter((text) => text.includes("limaform adopt"))).toEqual([expect.stringContaining(adopt)]);
      await fleet.json(0, "adopt", "worker.default[2]", "kept", "--yes");
      expect(actions(await fleet.plan())).toEqual([`create ${fleet.golden}`]);
    });
  });

  describe("names and marks of others", () => {
    it("a wanted name that somebody's instance has is left to it, and another name is used", async () => {
      fleet.limactl("delete", worker(1));
      fleet.make(worker(1), null);
      const plan = await fleet.plan();
      expect(actions(plan)).toContain(`create ${worker(1)}-g2`);
      expect(plan.warnings.join("\n")).toContain(
        `the name ${worker(1)} belongs to an instance that limaform did not make`,
      );
      await fleet.json(0, "destroy", "--yes");
      expect(fleet.instances()).toEqual([worker(1)]);
    });

    it("marks of a newer format: nothing is done at that address, and limaform is to be updated", async () => {
      const file = join(fleet.home, worker(1), "lima.yaml");
      writeFileSync(file, raw(worker(1)).replace(/limaform_format: "?1"?/, 'limaform_format: "2"'));
      const before = content(worker(1));
      for (const argv of [["plan"], ["plan", "--destroy"]]) {
        const plan = await fleet.json<Plan>(1, ...argv);
        expect(plan.errors).toMatchObject([{ code: "PLAN_UNKNOWN", addresses: ["worker.default[1]"] }]);
        expect(plan.errors[0]?.text).toContain("of format 2, written by a newer limaform");
        expect(plan.errors[0]?.hint).toContain("update limaform");
        expect(actions(plan)).not.toContain(`delete ${worker(1)}`);
      }
      await fleet.json(1, "destroy", "--yes");
      expect(content(worker(1))).toEqual(before);
    });
  });

  describe("an instance of ours that cannot be read", () => {
    const folder = () => join(fleet.home, worker(1));
    const config = () => join(folder(), "lima.yaml");
    afterEach(() => {
      if (existsSync(folder())) chmodSync(folder(), 0o700);
    });

    it.each([
      ["its lima.yaml is no YAML", () => appendFileSync(config(), "images: [\n"), "mend what is named there"],
      ["its folder is closed", () => chmodSync(folder(), 0), "limactl delete --force"],
      [
        "its marks contradict each other",
        () => writeFileSync(config(), raw(worker(1)).replace(/(_slot: *)\S+/, '$1"7"')),
        "limactl delete --force",
      ],
    ])("is not taken for absent, and the others are read (%s)", async (_, damage, wayOut) => {
      damage();
      const plan = await fleet.json<Plan>(1, "plan");
      expect(plan.errors).toMatchObject([
        {
          code: "PLAN_UNKNOWN",
          addresses: ["worker.default[1]"],
          hint: expect.stringContaining(wayOut),
        },
      ]);
      expect(actions(plan)).toEqual([]);
    });

    it("for a reason that lies in the user's Lima defaults is never told to be deleted", async () => {
      const file = join(fleet.home, "_config", "override.yaml");
      mkdirSync(join(fleet.home, "_config"), { recursive: true });
      for (const text of ["rubbish: [\n", "param: {limaform_hold: gone}\n"]) {
        writeFileSync(file, text);
        const plan = await fleet.json<Plan>(1, "plan");
        expect([plan.steps, plan.errors.length > 0]).toEqual([[], true]);
        for (const { code, text: what, hint } of plan.errors) {
          expect([code, what, hint]).toEqual([
            "PLAN_UNKNOWN",
            expect.stringContaining("override.yaml"),
            expect.not.stringContaining("delete"),
          ]);
        }
      }
      rmSync(file);
      expect(actions(await fleet.plan())).toEqual([]);
    });

    it("is named by status, list and drift, is no worker to start or stop, and leaves by the way that plan names", async () => {
      rmSync(config());
      const told = `worker 1 (${worker(1)}) cannot be read: `;
      const status = await fleet.json<{ workers: { slot: number }[]; warnings: string[] }>(0, "status");
      expect(status.workers.map(({ slot }) => slot)).toEqual([2]);
      expect(status.warnings.join("\n")).toContain(told);
      expect((await fleet.run(["list"])).stderr).toContain(told);
      for (const argv of [
        ["stop", "--yes"],
        ["start", worker(1), "--yes"],
        ["sync", "1"],
      ]) {
        expect(await refusal(...argv)).toMatchObject({
          code: "LIMA_UNREADABLE",
          message: expect.stringContaining(told),
        });
      }
      expect((await fleet.json<{ error: Refusal }>(1, "drift")).error.code).toBe("DRIFT_INCOMPLETE");
      await fleet.json(0, "stop", "2", "--yes");
      const [problem] = (await fleet.json<Plan>(1, "plan")).errors;
      expect(problem?.hint).toContain(`: rm -r ${folder()}, then: limaform plan`);
      rmSync(folder(), { recursive: true });
      expect(actions(await fleet.plan())).toContain(`create ${worker(1)}`);
    });
  });

  describe("what users do to single instances", () => {
    it("an image deleted by hand costs no worker; built again at its revision the workers stay", async () => {
      fleet.limactl("unprotect", fleet.golden);
      fleet.limactl("delete", fleet.golden);
      const plan = await fleet.plan();
      expect(actions(plan)).toEqual([`create ${fleet.golden}`]);
    });

    it("memory edited with limactl is put right in place", async () => {
      fleet.limactl("edit", worker(1), "--set", '.memory = "1GiB"');
      const plan = await fleet.plan();
      expect(
        plan.changes.find(({ instance, action }) => instance === worker(1) && action === "update")?.reasons,
      ).toEqual([{ code: "memory_changed", text: "memory 1 GiB → 512 MiB" }]);
      const { items } = await fleet.json<{ items: { instance: string; kind: string }[] }>(3, "drift");
      expect(items.filter(({ instance }) => instance === worker(1)).map(({ kind: word }) => word)).toContain("changed");
      await fleet.json(0, "apply", "--yes");
      expect(actions(await fleet.plan())).toEqual([]);
    });

    it("protected workers are neither deleted nor replaced, all are named, and the whole plan is shown", async () => {
      for (const slot of [1, 2]) fleet.limactl("protect", worker(slot));
      const plan = await fleet.json<Plan>(1, "plan", "--destroy");
      expect(plan.errors).toMatchObject([
        { code: "PLAN_PROTECTED", addresses: ["worker.default[1]", "worker.default[2]"] },
      ]);
      expect(plan.errors[0]?.hint).toContain(`limactl unprotect ${worker(1)} && limactl unprotect ${worker(2)}`);
      expect(actions(plan)).toHaveLength(4);
      expect((await refusal("apply", "--yes", "--replace", "worker.default[1]")).code).toBe("PLAN_PROTECTED");
      expect(fleet.instances()).toHaveLength(4);
      fleet.limactl("unprotect", worker(1));
      fleet.limactl("unprotect", worker(2));
      await fleet.json(0, "destroy", "--yes");
      expect(fleet.instances()).toEqual([]);
    });
  });

  it("a mark that a reader of YAML may take for a number is text, as Lima writes it", async () => {
    const listed = async () =>
      (await fleet.json<{ instances: { name: string }[] }>(0, "list", "--all-projects")).instances.map(
        ({ name }) => name,
      );
    const all = await listed();
    expect(all).toContain(worker(1));
    fleet.limactl("edit", worker(1), "--param", "limaform_owner=37396596e474");
    // Larger than any number of Go's: Lima leaves it bare.
    expect(raw(worker(1))).toContain("limaform_owner: 37396596e474");
    expect(await listed()).toEqual(all);
    expect((await fleet.json<Plan>(1, "plan")).errors).toMatchObject([{ code: "PLAN_PROJECT_TAKEN" }]);
    for (const owner of ["123456789012", "000000000012", "12345678e001"]) {
      fleet.limactl("edit", worker(1), "--param", `limaform_owner=${owner}`);
      expect(raw(worker(1))).toMatch(new RegExp(`limaform_owner: ("?)${owner}\\1\n`, "u"));
      expect(await listed(), owner).toEqual(all);
    }
  });

  describe("another repository", () => {
    it("with our project name stops every command, naming the other path and the ways out", async () => {
      const clone = fleet.scratch("clone");
      await fleet.apply();
      execFileSync("git", ["clone", "-q", fleet.root, clone], { env: fleet.env });
      const before = fleet.instances().map(content);
      for (const argv of [
        ["apply", "--yes"],
        ["destroy", "--yes"],
        ["spawn", "3", "--yes"],
        ["stop", "1", "--yes"],
        ["start", "1", "--yes"],
        ["teardown", "--yes"],
      ]) {
        const refused = await jsonAt<Refusal>(clone, 1, ...argv);
        expect([argv[0], refused.code]).toEqual([argv[0], "PLAN_PROJECT_TAKEN"]);
        expect(refused.message).toContain(`at ${fleet.root}/.git`);
        for (const way of ["another project name", `LIMAFORM_OWNER=${fleet.root}`, "limaform adopt --all"])
          expect(refused.hint).toContain(way);
      }
      const { workers, warnings } = await jsonAt<{ workers: object[]; warnings: string[] }>(clone, 0, "status");
      expect([workers, warnings]).toEqual([[], [expect.stringContaining("[PLAN_PROJECT_TAKEN]")]]);
      for (const text of [`at ${fleet.root}/.git`, "limaform adopt --all"]) expect(warnings[0]).toContain(text);
      expect((await at(clone, "status")).stdout).toMatch(/warning: the project name .* belongs to another repository/);
      expect(fleet.instances().map(content)).toEqual(before);
      const { stdout } = await fleet.run(["plan", "--json"], { cwd: clone, env: { LIMAFORM_OWNER: fleet.root } });
      expect(actions(JSON.parse(stdout) as Plan)).toEqual([]);
    });

    it("LIMAFORM_OWNER that names nothing, or a file, says so", async () => {
      for (const path of ["/nowhere/shop", join(fleet.root, "README.md")]) {
        const { code, stderr } = await fleet.run(["plan"], { env: { LIMAFORM_OWNER: path } });
        expect([code, stderr]).toEqual([
          64,
          expect.stringContaining(`LIMAFORM_OWNER names ${path}, and no folder is there`),
        ]);
      }
    });

    it("is none because HOME is not set, as in cron", async () => {
      expect((await fleet.run(["plan", "--detailed-exitcode"], { env: { HOME: "" } })).code).toBe(0);
    });
  });

  describe("adopt --all after the repository moved", () => {
    it("shows what it takes, needs a yes, takes it all, and then there is nothing to do", async () => {
      await fleet.apply();
      fleet.limactl("clone", worker(1), "my-worker");
      const copy = content("my-worker");
      const place = moved();
      const taken = await jsonAt<Refusal>(place, 1, "apply", "--yes");
      expect(taken).toMatchObject({ code: "PLAN_PROJECT_TAKEN" });
      expect(taken.message).toContain("which is gone");
      expect((await at(place, "adopt", "--all")).code).toBe(64);
      const { stdout } = await at(place, "adopt", "--all", "--yes");
      for (const name of [fleet.tools, fleet.golden, worker(1), worker(2)])
        expect(stdout).toMatch(new RegExp(`adopt +${name}, until now of`));
      expect(actions(await jsonAt<Plan>(place, 0, "plan"))).toEqual([]);
      expect((await at(place, "adopt", "--all")).stdout).toContain("No changes.");
      expect((await at(place, "drift")).code).toBe(3);
      expect(content("my-worker")).toEqual(copy);
    });

    it("cut off half-way the same command does the rest", async () => {
      await fleet.apply();
      const place = moved();
      const half = await jsonAt<Plan>(place, 1, "plan");
      // What the first steps of a cut adoption leave: some are ours, some are not yet.
      for (const name of [fleet.tools, worker(2)])
        fleet.limactl("edit", name, "--param", `limaform_owner=${half.owner}`);
      const plan = await jsonAt<{ steps: { instance: string }[] }>(place, 0, "adopt", "--all", "--yes");
      expect(plan.steps.map((step) => (step as unknown as { address: string }).address).sort()).toEqual([
        "image.golden",
        "worker.default[1]",
      ]);
      expect(actions(await jsonAt<Plan>(place, 0, "plan"))).toEqual([]);
    });
  });

  describe("forget and adopt", () => {
    it("a forgotten worker stays whole, is no longer ours, and can be taken back", async () => {
      await fleet.apply();
      // Lima's edit indents and quotes anew; what it says must stay.
      const said = (): { param: object } => parse(raw(worker(2)), { schema: "failsafe" });
      const before = said();
      await fleet.json(0, "forget", "worker.default[2]", "--yes");
      expect(fleet.instances()).toContain(worker(2));
      expect(said()).toEqual({ ...before, param: { ...before.param, limaform_owner: "000000000000" } });
      const plan = await fleet.plan();
      expect(actions(plan)).toEqual([`create ${worker(2)}-g2`, expect.stringMatching(/^push/)]);
      expect((await fleet.expect(0, "list", "-q")).split("\n")).not.toContain(worker(2));
      expect((await fleet.run(["drift"])).code).toBe(0);
      await fleet.json(0, "adopt", "worker.default[2]", worker(2), "--yes");
      expect(said()).toEqual(before);
      expect(actions(await fleet.plan())).toEqual([]);
    });

    it("a destroy leaves what was forgotten, and the base that it stands on", async () => {
      const base = fleet.seal(worker(2));
      await fleet.json(0, "forget", "worker.default[2]", "--yes");
      await fleet.json(0, "destroy", "--yes");
      expect(fleet.instances()).toEqual([worker(2)]);
      expect(existsSync(base)).toBe(true);
    });

    it("a copied worker takes the place of one that is gone, and holds work for all that anybody knows", async () => {
      fleet.limactl("clone", worker(2), "my-copy");
      fleet.limactl("delete", worker(2));
      await fleet.json(0, "adopt", "worker.default[2]", "my-copy", "--yes");
      expect(actions(await fleet.plan())).toEqual([]);
      const ready = JSON.parse(readFileSync(join(fleet.home, "my-copy", "limaform-ready.json"), "utf8"));
      expect(ready).toMatchObject({ instance: "my-copy", readyAt: "2026-10-01T00:00:00.000Z" });
      // Never probed, so it is refused to be thrown away.
      expect((await refusal("destroy", "--yes")).code).toBe("PLAN_WORK_AT_RISK");
      // Its name does not tell where it belongs; what is left of its marks does, and nothing is made in its place.
      const file = join(fleet.home, "my-copy", "lima.yaml");
      const whole = readFileSync(file, "utf8");
      writeFileSync(file, `${whole}mounts: "\n`);
      const plan = await refusal("apply", "--yes");
      expect(plan).toMatchObject({ code: "PLAN_UNKNOWN" });
      expect(plan.message).toMatch(/worker\.default\[2\]: my-copy cannot be read .*no valid YAML/u);
      expect(fleet.instances()).not.toContain(worker(2));
      writeFileSync(file, whole);
    });

    it.each([
      ["what limaform never made", "worker.default[2]", "theirs", "it has no marks, so limaform never made it"],
      ["what is not there", "worker.default[2]", "nobody", 'there is no instance "nobody"'],
      ["a place that is held", "worker.default[1]", "my-copy", "worker.default[1] is"],
      ["a place that nobody wants", "worker.default[9]", "my-copy", "the spec wants nothing at worker.default[9]"],
      ["what is ours already", "worker.default[2]", worker(1), "it is worker.default[1] of this project"],
      ["what is no address", "2", "my-copy", '"2" is not an address'],
      ["an image as a worker", "worker.default[2]", "my-image", "it is a image"],
      ["a copied image", "image.golden", "my-image", "may have been started since"],
    ])("adopt refuses %s", async (_what, address, instance, text) => {
      fleet.make("theirs", null);
      fleet.limactl("clone", worker(1), "my-copy");
      fleet.limactl("clone", fleet.golden, "my-image");
      if (address === "image.golden") rmSync(join(fleet.home, fleet.golden), { recursive: true });
      fleet.limactl("delete", worker(2));
      const refused = await refusal("adopt", address, instance, "--yes");
      expect(refused.code).toBe("PLAN_ADOPT_REFUSED");
      expect(refused.message).toContain(text.replace("it is a image", "it is an image"));
    });
  });
}
