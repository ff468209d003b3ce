import { describe, expect, it } from "vitest";
import type { Plan } from "../../../src/plan/document.js";
import type { Address } from "../../../src/resources/kind.js";
import { renderPlan } from "../../../src/views/human/plan.js";
import { summaryText } from "../../../src/views/human/plan-lines.js";
import { paintFor } from "../../../src/views/paint.js";
import { change, contractPlan, NEEDS, planOf } from "./plan-fixture.js";

const plain = paintFor({ hasColour: false });
const golden = (name: string) => `../../golden/views/${name}.txt`;

describe("renderPlan", () => {
  it("reads like the contract's example", async () => {
    await expect(renderPlan(contractPlan(), "plan", plain)).toMatchFileSnapshot(golden("plan-contract"));
  });

  it("has a line each for the deletion of a cut-off clone and for its making anew", () => {
    const text = renderPlan(
      planOf([change("worker.default[2]", "delete", "cut off"), change("worker.default[2]", "create", "not there")]),
      "plan",
      plain,
    );
    expect(text).toMatch(/ - worker\.default\[2\] +delete +cut off\n +\+ worker\.default\[2\] +create +not there\n/);
  });

  it("has a summary that adds up with the changes", () => {
    expect(summaryText(contractPlan())).toBe("2 to create, 2 to replace, 3 to push");
  });

  it("says in one line that nothing changes", () => {
    expect(renderPlan(planOf([change("worker.default[1]", "none", "")]), "plan", plain)).toBe(
      "No changes. my-app is as the spec says (3 workers).\n",
    );
  });

  it("tells why code was not pushed although nothing changes", () => {
    const text = renderPlan(planOf([change("binding.default[1]", "none", "the worker has work")]), "plan", plain);
    expect(text).toMatch(/^No changes\..*\n {2}· binding\.default\[1\] +none +the worker has work\n$/);
  });

  it("shows a change in place as update and counts it as change", () => {
    const text = renderPlan(planOf([change("worker.default[2]", "update", "memory 4GiB → 8GiB")]), "plan", plain);
    expect(text).toContain("  ~ worker.default[2]       update      memory 4GiB → 8GiB\n");
    expect(text).toContain("Plan: 1 to change.\n");
  });

  it("says what an apply asks of the host and how long the last ones took, as far as that is known", () => {
    const changes = [change("worker.default[2]", "update", "memory 4GiB → 8GiB")];
    const footer = (more: Partial<Plan>) =>
      renderPlan(planOf(changes, more), "plan", plain).trimEnd().split("\n").at(-1);
    const downloads: Plan["downloads"] = (["download", "download", "cache"] as const).map((from) => ({
      ...{ what: "kernel", location: "/vmlinuz", from, bytes: 3 * 1024 ** 2, unknown: null },
    }));
    expect(footer({ downloads })).toBe("Plan: 1 to change.   6 MiB of base image to download");
    expect(footer({ needs: NEEDS })).toBe("Plan: 1 to change.   at most 12 GiB of memory (host: 64), 9 GiB of disk");
    expect(footer({ needs: { ...NEEDS, startsAny: false, diskBytes: 0 }, estimateMs: 42_000 })).toBe(
      "Plan: 1 to change.   about 40 s (last times)",
    );
    expect(footer({ estimateMs: null })).toBe("Plan: 1 to change.");
    expect(footer({ estimateMs: 80 * 60_000 })).toContain("about 1 h 20 min");
  });

  it("says that it is a part, in the header, in a note, and where nothing changes", () => {
    const options = { ...planOf([]).options, targets: ["worker.default[2]" as Address] };
    const partial = { partial: true, options };
    const text = renderPlan(planOf([change("worker.default[2]", "create", "not there")], partial), "plan", plain);
    expect(text.split("\n")[0]).toMatch(/ · partial$/);
    expect(text).toContain("note: only a part of the fleet (--target): worker.default[2] and what they need");
    expect(renderPlan(planOf([], partial), "plan", plain)).toBe("No changes in a part of my-app: worker.default[2].\n");
  });

  it("shows errors with code, address and hint, and says that nothing can be applied", async () => {
    const worker = change("worker.default[1]", "replace", "image a → b", {
      atRisk: [
        { kind: "live_run", instance: "w", count: 1, bytes: 0, saved: false, text: "a run that is still working" },
      ],
    });
    const plan = planOf([worker], {
      applicable: false,
      errors: [
        {
          code: "PLAN_WORK_AT_RISK",
          text: "worker 1 holds work that exists nowhere else",
          hint: "limaform results list, or --discard-work worker.default[1]",
          addresses: [worker.address],
        },
      ],
    });
    await expect(renderPlan(plan, "plan", plain)).toMatchFileSnapshot(golden("plan-refused"));
  });

  it("leaves the network sentence out where no worker will run", () => {
    const text = renderPlan(
      planOf([change("worker.default[1]", "delete", "destroy was asked for")], {
        intent: { kind: "destroy", keepImages: false, workersOnly: false },
        workers: null,
      }),
      "destroy",
      plain,
    );
    expect(text).not.toContain("network.egress");
    expect(text).toMatch(/^limaform destroy +my-app · qemu\n/);
  });

  it("says emulated in the header where guests run without KVM", () => {
    const plan = contractPlan();
    expect(renderPlan({ ...plan, host: { ...plan.host, isEmulated: true } }, "plan", plain)).toContain(
      "qemu, emulated\n",
    );
  });

  it("names the values that the spec does not decide", () => {
    const plan = contractPlan();
    const origins = { workers: { layer: "environment", variable: "LIMAFORM_WORKERS" } } as const;
    const spec = plan.spec === null ? null : { ...plan.spec, origins };
    expect(renderPlan({ ...plan, spec }, "plan", plain)).toContain(
      "note: values that do not come from the spec: workers (LIMAFORM_WORKERS)\n",
    );
  });

  it("names the owner when it is another checkout", () => {
    const text = renderPlan({ ...contractPlan(), ownerPath: "/home/me/other/.git" }, "plan", plain);
    expect(text).toContain("note: the fleet belongs to /home/me/other/.git\n");
    expect(renderPlan(contractPlan(), "plan", plain)).not.toContain("belongs to");
  });

  it("keeps hostile text from the terminal", () => {
    const text = renderPlan(planOf([change("worker.default[1]", "create", "\u001b]0;owned\u0007")]), "plan", plain);
    expect(text).not.toContain("\u001b");
  });

  it("uses colour only where the stream has it", () => {
    expect(renderPlan(contractPlan(), "plan", paintFor({ hasColour: true }))).toContain("\u001b[32m+");
  });
});
