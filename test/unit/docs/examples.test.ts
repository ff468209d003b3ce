import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { renderPlan } from "../../../src/views/human/plan.js";
import { paintFor } from "../../../src/views/paint.js";
import { allKeys } from "../../support/all-keys.js";
import { afterwards, EXAMPLES, examplePlan, stepsText } from "./example-plans.js";

const plain = paintFor({ hasColour: false });
const examples = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(`${EXAMPLES}/${entry.name}/limaform.toml`))
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

  it("show every key of the spec that a user may want to see in use", () => {
    const texts = examples.map((name) => readFileSync(`${EXAMPLES}/${name}/limaform.toml`, "utf8")).join("\n");
    const tables = [
      ...new Set(allKeys.filter(({ notYet }) => notYet !== true).map(({ key }) => key.split(".")[0] ?? "")),
    ];
    const rest = ["run", "sync"];
    expect(
      tables.filter((table) => !rest.includes(table) && !new RegExp(`^(\\[+)?${table}\\b`, "m").test(texts)),
    ).toEqual([]);
  });

  it("are all named in the list of examples, with no other", () => {
    const listed = readFileSync(`${EXAMPLES}/README.md`, "utf8").matchAll(/^\| \[([a-z-]+)\]\(\1\//gm);
    expect([...listed].map(([, name]) => name).sort()).toEqual(examples);
  });
});
