import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readTemplate } from "../../../src/app/template.js";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "lf-template-"));
  await mkdir(join(root, ".limaform", "prompts"), { recursive: true });
  await writeFile(join(root, ".limaform", "prompts", "fix.md"), "{{task}}: {{prompt}} for {{who}} on {{slot}}");
});
afterEach(() => rm(root, { recursive: true, force: true }));

const read = (name: string, vars: readonly string[], hasTasks = false) => {
  const session = {
    spec: async () => ({ spec: { root } }),
    repository: { topLevel: async () => null },
  } as unknown as Parameters<typeof readTemplate>[0];
  return readTemplate(session, name, { vars, hasTasks });
};

describe("a prompt from a template", () => {
  it("has its variables, and keeps what belongs to each task", async () => {
    expect(await read("fix", ["who=me=you"], true)).toBe("{{task}}: {{prompt}} for me=you on {{slot}}");
  });

  it("names all that is missing, and what only a task list brings", async () => {
    await expect(read("fix", [])).rejects.toMatchObject({
      code: "USAGE_TEMPLATE",
      message: "the template fix needs prompt, task, who",
      hint: "--var who=… {{task}} and {{prompt}} are those of a task: --tasks FILE",
    });
  });

  it.each([
    [["who"], /expected NAME=VALUE/u],
    [["=x"], /expected NAME=VALUE/u],
    [["who=a", "who=b"], /given twice/u],
    [["slot=1"], /sets it by itself/u],
    [["who=a", "whom=b"], /has no use for whom/u],
  ])("refuses --var %j", async (vars, text) => {
    await expect(read("fix", vars, true)).rejects.toMatchObject({ message: expect.stringMatching(text) });
  });

  it("is found by its name alone", async () => {
    await expect(read("fixx", [])).rejects.toMatchObject({
      message: expect.stringContaining("there are: fix"),
      hint: `write it: ${join(root, ".limaform", "prompts", "fixx.md")}`,
    });
    await expect(read("../x", [])).rejects.toMatchObject({ hint: expect.stringContaining("letters, digits") });
  });
});
