import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ApplyDocument, DriftDocument, ResultsDocument, StatusDocument } from "../../../src/app/app.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { changing } from "../../support/e2e-limactl.js";
import { until } from "../../support/e2e-limaform.js";

/** VMs that lost a part of themselves, and a user's own Lima defaults. Three boots in all, two of them at once. */
export function recovery(fleet: () => Fleet): void {
  const pidOf = (slot: number, file: string): number =>
    Number(readFileSync(join(fleet().home, worker(slot), file), "utf8").trim());
  const statusOf = (slot: number): string | undefined =>
    fleet()
      .list()
      .find(({ name }) => name === worker(slot))?.status;
  const drifts = async (): Promise<readonly string[]> => {
    const { items } = await fleet().json<DriftDocument>(3, "drift");
    return items.map(({ kind, instance }) => `${kind} ${instance}`);
  };
  const apply = async (): Promise<readonly string[]> => {
    const { verdict, steps } = await fleet().json<ApplyDocument>(0, "apply", "--yes");
    expect(verdict).toBe("done");
    return steps.map(({ id }) => id).filter((id) => /^(save|start):/.test(id));
  };
  const expectQuiet = async () => {
    await fleet().expect(0, "drift");
    await fleet().expect(0, "plan", "--detailed-exitcode");
  };

  describe("a worker that lost a part of its processes", () => {
    it("is broken drift when its host agent was killed, and still runs", async () => {
      const { inside, json } = fleet();
      await inside(1, "sh", "-c", "echo kept > ~/recovery.txt; echo unsaved > unsaved.txt; sync");
      process.kill(pidOf(1, "ha.pid"), "SIGKILL");
      await until("Lima notices", () => statusOf(1) === "Broken");
      expect(await drifts()).toEqual([`broken ${worker(1)}`]);
      expect(existsSync(`/proc/${pidOf(1, "qemu.pid")}`)).toBe(true);
      const { workers } = await json<StatusDocument>(0, "status");
      expect(workers[0]?.health).toContain("host agent is not");
    });

    it("is stopped drift when its guest powered itself off", async () => {
      await fleet().run("shell", "2", "--", "sudo", "systemctl", "poweroff");
      await until("the VM is gone", () => statusOf(2) === "Stopped");
      expect(await drifts()).toEqual([`broken ${worker(1)}`, `stopped ${worker(2)}`]);
    });

    it("comes back by one apply with all that it held, next to the other; what was only there is saved before the force", async () => {
      const { inside, json, expect: run } = fleet();
      const steps = await apply();
      expect([...steps].sort()).toEqual([
        "save:worker.default[1]",
        "start:worker.default[1]",
        "start:worker.default[2]",
      ]);
      expect(steps.indexOf("save:worker.default[1]")).toBeLessThan(steps.indexOf("start:worker.default[1]"));
      expect(await inside(1, "sh", "-c", "cat ~/recovery.txt unsaved.txt")).toBe("kept\nunsaved");
      const { saves } = await json<ResultsDocument>(0, "results", "list");
      expect(saves.map(({ instance }) => instance)).toEqual([worker(1)]);
      // So that later chapters meet the worker and the saves as they were.
      await inside(1, "rm", "unsaved.txt");
      for (const { id } of saves) await run(0, "results", "discard", id);
      await expectQuiet();
    });
  });

  describe("Lima's own defaults that open the fleet", () => {
    const override = () => join(fleet().home, "_config", "override.yaml");

    it("are drift of all that is there, also of a worker whose QEMU was killed", async () => {
      process.kill(pidOf(2, "qemu.pid"), "SIGKILL");
      await until("the VM is gone", () => statusOf(2) === "Stopped");
      expect(await drifts()).toEqual([`stopped ${worker(2)}`]);
      await writeFile(override(), "ssh:\n  forwardAgent: true\n");
      const found = await drifts();
      expect(found.filter((item) => item.startsWith("open_config"))).toHaveLength(4);
      expect(found).toContain(`open_config ${worker(1)}`);
    });

    it("are named by plan and apply with file and key, and nothing is started", async () => {
      const { json, run, lima } = fleet();
      const plan = await json<Plan>(1, "plan");
      expect(plan.errors).toMatchObject([
        {
          code: "LIMA_CONFIG_NOT_CLOSED",
          text: expect.stringContaining(`ssh.forwardAgent is true, not false (${override()})`),
          addresses: ["worker.default[1]", "worker.default[2]"],
        },
      ]);
      const before = changing(await lima.calls()).length;
      expect((await run("apply", "--yes")).code).toBe(1);
      expect((await run("start", "2", "--yes")).code).toBe(1);
      expect(changing(await lima.calls())).toHaveLength(before);
      expect(statusOf(2)).toBe("Stopped");
    });

    it("are forgotten with the file: the worker starts, and its neighbour was never disturbed", async () => {
      const pid = pidOf(1, "qemu.pid");
      await rm(override());
      expect(await apply()).toEqual(["start:worker.default[2]"]);
      expect(pidOf(1, "qemu.pid")).toBe(pid);
      await expectQuiet();
    });
  });
}
