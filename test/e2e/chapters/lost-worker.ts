import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ApplyDocument, DriftDocument } from "../../../src/app/app.js";
import type { ErrorDocument } from "../../../src/events/event.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { eventsIn, until } from "../../support/e2e-limaform.js";

const LOST = worker(2);

/** One worker is lost, and whatever can cut its return off does so before it is back: one boot in all. */
export function lostWorker(fleet: () => Fleet): void {
  const statusOf = (): string | undefined =>
    fleet()
      .list()
      .find(({ name }) => name === LOST)?.status;
  const qemuPid = (): string => readFileSync(join(fleet().home, LOST, "qemu.pid"), "utf8").trim();

  describe("a worker that somebody deleted", () => {
    it("is drift, which drift says with exit code 3", async () => {
      const { limactl, json } = fleet();
      limactl("delete", "-f", LOST);
      expect(await json<DriftDocument>(3, "drift")).toMatchObject({
        drifted: true,
        complete: true,
        items: [{ address: "worker.default[2]", instance: LOST, kind: "missing" }],
      });
    });

    it("survives that limaform and its clone are killed before there is a lima.yaml", async () => {
      await fleet().lima.cutNextClone("no_config");
      expect((await fleet().run("apply", "--yes")).signal).toBe("SIGKILL");
      expect(existsSync(join(fleet().home, LOST, "disk"))).toBe(true);
      expect(existsSync(join(fleet().home, LOST, "lima.yaml"))).toBe(false);
    });

    it("and again, when the clone still is a copy of the golden image", async () => {
      const { home, lima, run, scratch } = fleet();
      await lima.cutNextClone("unedited");
      const events = scratch("second-cut.ndjson");
      expect((await run("apply", "--yes", "--events", events)).signal).toBe("SIGKILL");
      expect(await lima.isArmed()).toBe(false);
      const seen = eventsIn(events);
      expect(seen.map(({ type }) => type)).toContain("lock.taken_over");
      expect(seen).toContainEqual(
        expect.objectContaining({ type: "apply.step.completed", verb: "delete", instance: LOST }),
      );
      expect(readFileSync(join(home, LOST, "lima.yaml"), "utf8")).toMatch(/limaform_name: "?e2e-golden-/);
    });

    it("survives that limaform is killed while the worker boots", async () => {
      const { start, scratch } = fleet();
      const running = start("apply", "--yes", "--events", scratch("boot-cut.ndjson"));
      await until("the worker runs", () => statusOf() === "Running");
      running.signal("SIGKILL");
      expect((await running.ended).signal).toBe("SIGKILL");
      expect(statusOf()).toBe("Running");
    });

    it("goes on booting after Ctrl-C, which ends an apply that only waits with 130 and its lock freed", async () => {
      const { start, json, scratch, home } = fleet();
      const pid = qemuPid();
      const events = scratch("interrupt.ndjson");
      const waiting = start("apply", "--yes", "--events", events);
      await until("the step waits for the boot", () =>
        eventsIn(events).some(({ type }) => type === "apply.step.started"),
      );
      expect((await json<ErrorDocument>(75, "apply", "--yes")).code).toBe("LOCK_BUSY");

      const startedMs = performance.now();
      waiting.signalGroup("SIGINT");
      const { code, stdout } = await waiting.ended;
      expect(performance.now() - startedMs).toBeLessThan(10_000);
      expect(code, stdout).toBe(130);
      expect(stdout).toMatch(/Apply interrupted: 0 of 2 steps done, 1 interrupted, 1 skipped/);
      expect(eventsIn(events).at(-1)).toMatchObject({ type: "run.completed", verdict: "interrupted", exitCode: 130 });
      expect(existsSync(join(home, "_limaform", "e2e", "lock"))).toBe(false);
      expect(statusOf()).toBe("Running");
      expect(qemuPid()).toBe(pid);
    });

    it("is mended by the next apply, which picks that boot up and makes nothing anew", async () => {
      const { json, expect: run, inside, repository } = fleet();
      const pid = qemuPid();
      const { verdict, steps } = await json<ApplyDocument>(0, "apply", "--yes");
      expect(verdict).toBe("done");
      expect(steps.map(({ id }) => id)).toEqual(["start:worker.default[2]", "push:binding.default[2]"]);
      expect(qemuPid()).toBe(pid);
      expect(await inside(2, "git", "rev-parse", "HEAD")).toBe(await repository.git("rev-parse", "HEAD"));
      expect((await json<DriftDocument>(0, "drift")).items).toEqual([]);
      await run(0, "plan", "--detailed-exitcode");
    });
  });
}
