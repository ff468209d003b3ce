import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPlan, writePlan } from "../../src/app/saved-plan.js";
import type { Plan } from "../../src/plan/document.js";
import { VERSION } from "../../src/util/version.js";
import { planOn, specOf } from "../support/builders.js";
import { temporaryFolder } from "../support/temporary-folder.js";

/* The file of a saved plan, cut and changed in every way. */

const plan: Plan = { ...planOn({ spec: specOf("workers = 0") }), engine: VERSION };

describe("the file of a saved plan", () => {
  it("cut at any byte is refused, never half a plan", async () => {
    const folder = await temporaryFolder();
    await writePlan(folder, "whole.plan", plan);
    const text = readFileSync(join(folder, "whole.plan"), "utf8");
    expect(statSync(join(folder, "whole.plan")).mode & 0o777).toBe(0o600);
    const whole = await readPlan(folder, "whole.plan");
    expect(whole).toMatchObject({ project: plan.project, madeOn: { hostId: expect.stringMatching(/^[0-9a-f]{16}$/) } });
    for (let length = 0; length < text.trimEnd().length; length += 1) {
      writeFileSync(join(folder, "cut.plan"), text.slice(0, length));
      await expect(readPlan(folder, "cut.plan"), `${length} bytes`).rejects.toMatchObject({ code: "USAGE_PLAN_FILE" });
    }
  }, 60_000);

  it("with any letter changed is refused", async () => {
    const folder = await temporaryFolder();
    await writePlan(folder, "whole.plan", plan);
    const text = readFileSync(join(folder, "whole.plan"), "utf8");
    for (let place = 0; place < text.trimEnd().length; place += 7) {
      if (/\s/.test(text[place] ?? "")) continue;
      const other = text[place] === "x" ? "y" : "x";
      writeFileSync(join(folder, "changed.plan"), text.slice(0, place) + other + text.slice(place + 1));
      await expect(readPlan(folder, "changed.plan"), `at ${place}`).rejects.toMatchObject({
        code: expect.stringMatching(/^(USAGE_PLAN_FILE|STALE_OTHER_VERSION)$/),
      });
    }
  }, 60_000);
});
