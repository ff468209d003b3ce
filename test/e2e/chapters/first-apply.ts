import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ApplyDocument, DriftDocument } from "../../../src/app/app.js";
import type { ErrorDocument } from "../../../src/events/event.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { changing } from "../../support/e2e-limactl.js";
import { eventsIn } from "../../support/e2e-limaform.js";
import { writeSpec } from "./sample.js";

/** From an empty world to two workers that hold the code. */
export function firstApply(fleet: () => Fleet): void {
  describe("from nothing", () => {
    it("init writes a spec that validates as it stands", async () => {
      await fleet().expect(0, "init");
      await fleet().expect(0, "validate");
    });

    it("plans two images, two workers and their code, and touches nothing", async () => {
      const { repository, lima, json, expect: run, list } = fleet();
      await writeSpec(fleet());
      await repository.commit("Ask for two workers");
      const plan = await json<Plan>(0, "plan");
      expect(plan.summary).toMatchObject({ create: 4, push: 2, replace: 0, delete: 0 });
      expect(plan.changes.filter(({ action }) => action === "create").map(({ address }) => address)).toEqual([
        "image.tools",
        "image.golden",
        "worker.default[1]",
        "worker.default[2]",
      ]);
      await run(2, "plan", "--detailed-exitcode");
      expect((await json<ErrorDocument>(1, "drift")).code).toBe("DRIFT_NO_BASELINE");
      expect((await json<ErrorDocument>(64, "apply")).code).toBe("USAGE_APPROVAL_NEEDED");
      expect(changing(await lima.calls())).toEqual([]);
      expect(list()).toEqual([]);
    });

    it("apply makes all of it, after which there is no change and no drift", async () => {
      const { json, expect: run, scratch, list } = fleet();
      const events = scratch("first.ndjson");
      const { verdict, steps } = await json<ApplyDocument>(0, "apply", "--yes", "--events", events);
      expect(verdict).toBe("done");
      expect(new Set(steps.map(({ status }) => status))).toEqual(new Set(["done"]));
      expect(eventsIn(events).at(-1)).toMatchObject({ type: "run.completed", verdict: "done", exitCode: 0 });
      await run(0, "plan", "--detailed-exitcode");
      expect(await json<DriftDocument>(0, "drift")).toMatchObject({ drifted: false, complete: true, items: [] });
      const found = list().map(({ name, status, protected: isProtected }) => ({ name, status, isProtected }));
      expect(found).toEqual([
        { name: expect.stringMatching(/^e2e-golden-[0-9a-f]{8}$/), status: "Stopped", isProtected: true },
        { name: expect.stringMatching(/^e2e-tools-[0-9a-f]{8}$/), status: "Stopped", isProtected: true },
        { name: worker(1), status: "Running", isProtected: false },
        { name: worker(2), status: "Running", isProtected: false },
      ]);
    });

    it("the code is in both workers as it is on the host, and nothing else is", async () => {
      const { repository, inside } = fleet();
      const head = await repository.git("rev-parse", "HEAD");
      for (const slot of [1, 2]) {
        expect(await inside(slot, "git", "rev-parse", "HEAD", "refs/limaform/base", "main")).toBe(
          `${head}\n${head}\n${head}`,
        );
        expect(await inside(slot, "git", "status", "--porcelain")).toBe("");
        expect(await inside(slot, "git", "remote")).toBe("");
        expect(await inside(slot, "sh", "-c", "pwd; ./count.sh 2>&1 || sh count.sh")).toContain("/home/agent/e2e\n");
      }
    });

    it("what the hooks left in the images is in the workers", async () => {
      expect(await fleet().inside(1, "cat", "/etc/e2e-provisioned")).toBe("provisioned");
      expect(await fleet().inside(2, "sh", "-c", "cat ~/e2e-synced")).toBe("first");
    });

    it("every worker has an identity of its own, and its host key is pinned", async () => {
      const { inside, home } = fleet();
      const script = "cat /etc/machine-id; hostname; cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub";
      const [first, second] = [await inside(1, "sh", "-c", script), await inside(2, "sh", "-c", script)];
      const [ids, others] = [first.split("\n"), second.split("\n")];
      expect(ids).toHaveLength(3);
      for (const [place, id] of ids.entries()) expect(id).not.toBe(others[place]);
      expect(ids[0]).toMatch(/^[0-9a-f]{32}$/);
      for (const [slot, key] of [
        [1, ids[2]],
        [2, others[2]],
      ] as const) {
        const pinned: unknown = JSON.parse(readFileSync(join(home, worker(slot), "limaform-hostkey.json"), "utf8"));
        expect(pinned).toMatchObject({ instance: worker(slot), key });
      }
    });

    it("no worker can see or open anything of the host through Lima", async () => {
      const { inside, list } = fleet();
      for (const { name, config } of list()) {
        expect(config, name).toMatchObject({ plain: true, ssh: { forwardAgent: false, loadDotSSHPubKeys: false } });
        for (const key of ["mounts", "portForwards", "copyToHost"])
          expect(config[key] ?? [], `${name} ${key}`).toEqual([]);
      }
      const mounts = await inside(1, "sh", "-c", "cut -d' ' -f3 /proc/mounts | sort -u");
      expect(mounts).not.toMatch(/9p|virtiofs|fuse\.sshfs/);
      expect(await inside(1, "sh", "-c", "env | grep -iE '^(https?|no)_proxy=|^SSH_AUTH_SOCK=' || echo none")).toBe(
        "none",
      );
    });

    it("shell passes the exit code and the arguments of its command through", async () => {
      await fleet().expect(42, "shell", "2", "--", "sh", "-c", "exit 42");
      await fleet().expect(64, "shell", "7", "--", "true");
      const { stdout } = await fleet().run("shell", worker(1), "--", "printf", "%s|", "a b", "$HOME", "'");
      expect(stdout).toBe("a b|$HOME|'|");
    });
  });
}
