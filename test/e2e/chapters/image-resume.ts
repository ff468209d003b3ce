import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../../src/app/app.js";
import type { LimaformEvent } from "../../../src/events/event.js";
import type { Plan } from "../../../src/plan/document.js";
import type { BuildNote } from "../../../src/world/build.js";
import type { Fleet } from "../../support/e2e.js";
import { eventsIn, until } from "../../support/e2e-limaform.js";
import { writeImageSpec } from "./image-sample.js";

const HANGING = "sleep 98765";

/** A build that is cut off in every way goes on with the step that was cut, on the same disk. */
export function imageResume(fleet: () => Fleet): void {
  const golden = () =>
    fleet()
      .list()
      .find(({ name }) => name.startsWith("e2e-golden-"));
  const tools = () =>
    fleet()
      .list()
      .find(({ name }) => name.startsWith("e2e-tools-"));
  const note = (dir: string | undefined): BuildNote =>
    (JSON.parse(readFileSync(join(dir ?? "", "limaform-build.json"), "utf8")) as { note: BuildNote }).note;
  const counted = "echo step >> ~/provisioned";
  const failedStep = ({ steps }: ApplyDocument) => steps.find(({ status }) => status === "failed");

  describe("a build that is cut off", () => {
    it("ends with the step, its exit code, its last lines, the log's place and the next command", async () => {
      await writeImageSpec(fleet(), { postProvision: `${counted}\necho about to fail\nexit 7`, postSync: "true" });
      await fleet().repository.commit("Ask for images");
      const document = await fleet().json<ApplyDocument>(1, "build", "--yes");
      const { id, error } = failedStep(document) ?? {};
      expect(id).toBe("post_provision:image.tools");
      expect(error?.message).toMatch(
        /exit code 7[\s\S]*about to fail[\s\S]*whole log: .*post_provision-image\.tools\.log/,
      );
      expect(error?.hint).toContain("limaform apply");
      const [log = ""] = /\/\S+\.log/.exec(error?.message ?? "") ?? [];
      expect(readFileSync(log, "utf8")).toMatch(/^\d{4}-\d\d-\d\dT\S+Z about to fail$/m);
      expect(tools()).toMatchObject({ status: "Running", protected: false });
    });

    it("goes on after the mend with that step; one that hangs is ended at its limit, in the guest too", async () => {
      await writeImageSpec(fleet(), {
        postProvision: `${counted}\n(setsid ${HANGING} &) \necho hanging\n${HANGING}`,
        postSync: "true",
        more: '[image]\nstep_timeout = "12s"',
      });
      const plan = await fleet().json<Plan>(0, "plan");
      expect(plan.changes[0]?.reasons[0]?.text).toMatch(/^resume at step \d+ of \d+ \(post_provision\)/);
      const document = await fleet().json<ApplyDocument>(1, "build", "--yes");
      const { error } = failedStep(document) ?? {};
      expect(error?.code).toBe("IMAGE_STEP_TIMED_OUT");
      expect(error?.message).toMatch(/longer than 12s[\s\S]*hanging/);
    });

    it("goes on after a SIGKILL of limaform, and what that left running in the guest is ended first", async () => {
      const hook = `${counted}\n! pgrep -x sleep > /dev/null\necho begun\n`;
      await writeImageSpec(fleet(), { postProvision: `${hook}${HANGING}`, postSync: "true" });
      const events = fleet().scratch("killed.ndjson");
      const running = fleet().start("build", "--yes", "--events", events);
      const isBegun = (event: LimaformEvent) => event.type === "apply.step.log" && event.line.includes("begun");
      await until("the hook has begun", () => eventsIn(events).some(isBegun), 300_000);
      running.signal("SIGKILL");
      await running.ended;
      expect(note(tools()?.dir).begun?.name).toBe("post_provision");
      // The whole way to the golden image: what is done of tools stays done.
      await writeImageSpec(fleet(), { postProvision: hook, postSync: "echo one > ~/synced" });
      const document = await fleet().json<ApplyDocument>(0, "build", "--yes");
      expect(document.verdict).toBe("done");
      expect(document.steps.map(({ id }) => id)).not.toContain("create:image.tools");
      const { resumed, done } = note(tools()?.dir);
      expect(resumed.map(({ step }) => step)).toEqual(["post_provision", "post_provision", "post_provision"]);
      expect(done.filter(({ name }) => name === "post_provision")).toHaveLength(1);
      for (const image of [tools(), golden()]) expect(image).toMatchObject({ status: "Stopped", protected: true });
    });
  });
}
