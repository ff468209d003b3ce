import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderPlan } from "../../../src/views/human/plan.js";
import { paintFor } from "../../../src/views/paint.js";
import { afterwards, EXAMPLES, examplePlan, stepsText } from "./example-plans.js";

const plain = paintFor({ hasColour: false });
const examples = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();
const withNext = examples.filter((name) => existsSync(`${EXAMPLES}/${name}/next.toml`));

/* `npx vitest run --project unit test/unit/docs -u` writes the expected plans anew; the diff is to be read as behaviour. */

describe("the examples", () => {
  it.each(examples)("%s is planned as its plan.txt says", async (name) => {
    const plan = examplePlan(`${name}/limaform.toml`);
    expect(plan.errors).toEqual([]);
    await expect(renderPlan(plan, "plan", plain)).toMatchFileSnapshot(`${EXAMPLES}/${name}/plan.txt`);
  });

  it.each(withNext)("%s changes later as its next-plan.txt says, in the order of next-steps.txt", async (name) => {
    const plan = examplePlan(`${name}/next.toml`, afterwards(examplePlan(`${name}/limaform.toml`)));
    expect(plan.errors).toEqual([]);
    await expect(renderPlan(plan, "plan", plain)).toMatchFileSnapshot(`${EXAMPLES}/${name}/next-plan.txt`);
    await expect(stepsText(plan)).toMatchFileSnapshot(`${EXAMPLES}/${name}/next-steps.txt`);
  });

  it.each(examples)("%s has nothing left to do once it was applied", (name) => {
    const plan = examplePlan(`${name}/limaform.toml`, afterwards(examplePlan(`${name}/limaform.toml`)));
    expect(plan.steps).toEqual([]);
  });

  it("are all named in the list of examples, with no other", () => {
    const listed = readFileSync(`${EXAMPLES}/README.md`, "utf8").matchAll(/^- \[([a-z-]+)\]/gm);
    expect([...listed].map(([, name]) => name).sort()).toEqual(examples);
  });
});
