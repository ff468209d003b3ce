import { describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../../src/app/app.js";
import type { Plan } from "../../../src/plan/document.js";
import { type Fleet, worker } from "../../support/e2e.js";
import { changing } from "../../support/e2e-limactl.js";

/** What is built again when something changes, and what is not. */
export function imageRebuild(fleet: () => Fleet): void {
  const acting = ({ changes }: Plan) =>
    changes.filter(({ action }) => action !== "none").map(({ address, action }) => `${action} ${address}`);

  describe("images that are there", () => {
    it("are used by the workers; with nothing changed there is no step, and no VM is started", async () => {
      await fleet().edit("workers = 0", "workers = 2");
      const { steps } = await fleet().json<ApplyDocument>(0, "apply", "--yes");
      expect(steps.map(({ id }) => id).filter((id) => id.includes("image."))).toEqual([]);
      await fleet().lima.calls();
      const before = changing(await fleet().lima.calls()).length;
      for (const command of ["build", "apply"]) {
        const again = await fleet().json<ApplyDocument>(0, command, "--yes");
        expect(again.steps).toEqual([]);
      }
      expect(changing(await fleet().lima.calls())).toHaveLength(before);
    });

    it("with only post_sync changed: the golden image and its workers, not the tools", async () => {
      await fleet().edit("echo one > ~/synced", "echo two > ~/synced");
      const plan = await fleet().json<Plan>(0, "plan");
      expect(acting(plan)).toEqual([
        "create image.golden",
        ...["replace worker.default[1]", "replace worker.default[2]"],
        ...["push binding.default[1]", "push binding.default[2]"],
      ]);
      const { steps } = await fleet().json<ApplyDocument>(0, "build", "--yes");
      expect(steps.map(({ id }) => id)).toEqual(
        ["create", "start", "push", "post_sync", "seal"].map((verb) => `${verb}:image.golden`),
      );
      expect(acting(await fleet().json<Plan>(0, "plan"))).toContain("replace worker.default[1]");
      expect(
        fleet()
          .list()
          .map(({ name }) => name),
      ).toContain(worker(1));
    });

    it("goes back to the images before it without a build, when the spec is as it was", async () => {
      await fleet().edit("echo two > ~/synced", "echo one > ~/synced");
      expect(acting(await fleet().json<Plan>(0, "plan")).filter((text) => text.startsWith("create"))).toEqual([]);
    });
  });
}
