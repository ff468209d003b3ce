import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import { writeImageSpec } from "../e2e/chapters/image-sample.js";
import { FILES } from "../e2e/chapters/sample.js";
import { type Fleet, makeFleet } from "../support/e2e.js";

/* Three boots; the rules have their own tests in test/unit and test/integration. */

/** In halves, so that this file itself holds nothing of that shape. */
const GITHUB = `gh${"p"}_aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zAbCdE`;
const ANTHROPIC = `sk-an${"t"}-api03-aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zA`;
const NPM = `np${"m"}_aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0zAbCdE`;

const PLANTING = `echo one > ~/synced
echo "fetched with ${GITHUB}" > ~/out.log
echo "export T=${ANTHROPIC}" >> ~/.bash_history
echo "TOKEN=${NPM}" | sudo tee -a /etc/environment > /dev/null`;

describe("a token that a hook leaves behind", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await makeFleet(FILES);
    await writeImageSpec(fleet, { postProvision: "true", postSync: "echo one > ~/synced", tools: "" });
    await fleet.repository.commit("Ask for images");
    await fleet.expect(0, "build", "--yes");
  });
  afterAll(() => fleet?.close());

  it("stops the build before its seal, and every path is named without the token", async () => {
    await fleet.edit("echo one > ~/synced", PLANTING);
    const document = await fleet.json<ApplyDocument>(1, "build", "--yes");
    const { error, id } = document.steps.find(({ status }) => status === "failed") ?? {};
    expect(id).toBe("seal:image.golden");
    expect(error?.code).toBe("IMAGE_SECRET_FOUND");
    for (const path of ["/home/agent/out.log", "/home/agent/.bash_history", "/etc/environment"]) {
      expect(error?.message).toContain(path);
    }
    for (const token of [GITHUB, ANTHROPIC, NPM]) expect(JSON.stringify(document)).not.toContain(token.slice(8));
  });

  it("is no part of the next image: the mended hook is built anew", async () => {
    await fleet.edit(PLANTING, "echo one > ~/synced");
    const plan = await fleet.json<Plan>(0, "plan");
    expect(plan.changes.filter(({ action }) => action === "create")).toEqual([]);
  });
});
