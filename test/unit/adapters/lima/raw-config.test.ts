import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRawConfigReader } from "../../../../src/adapters/lima/raw-config.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "lf-raw-"));
});
afterEach(() => rm(dir, { recursive: true }));
const readOf = async (text: string) => {
  await writeFile(join(dir, "lima.yaml"), text);
  return createRawConfigReader().read(dir);
};
const MARKED = 'param:\n  limaform_project: "shop"\n';

describe("a lima.yaml", () => {
  it("is read with its marks", async () => {
    expect(await readOf(`plain: true\n${MARKED}`)).toEqual({
      kind: "config",
      fields: { plain: true, param: { limaform_project: "shop" } },
    });
  });

  it("has text under param, whatever it looks like; the rest is as YAML says", async () => {
    const text = "cpus: 4\nparam:\n  limaform_owner: 37396596e474\n  more: 010\n  last: true\n";
    expect(await readOf(text)).toEqual({
      kind: "config",
      fields: { cpus: 4, param: { limaform_owner: "37396596e474", more: "010", last: "true" } },
    });
  });

  it("that is known of an earlier command but for its marks is not parsed again", async () => {
    const rest = (text: string) => text.replace('limaform_project: "shop"', "limaform_here: marks-of-limaform");
    const noted = new Map<string, unknown>();
    const known = {
      find: (text: string) => (text === rest(`known: 1\n${MARKED}`) ? { known: "before", param: HERE } : null),
      note: (text: string, fields: unknown) => void noted.set(text, fields),
    };
    const HERE = { limaform_here: "marks-of-limaform" };
    const param = { limaform_project: "shop" };
    await writeFile(join(dir, "lima.yaml"), `known: 1\n${MARKED}`);
    expect(createRawConfigReader(known).read(dir)).toEqual({ kind: "config", fields: { known: "before", param } });
    await writeFile(join(dir, "lima.yaml"), `plain: true\n${MARKED}`);
    expect(createRawConfigReader(known).read(dir)).toEqual({ kind: "config", fields: { plain: true, param } });
    expect([...noted]).toEqual([[rest(`plain: true\n${MARKED}`), { plain: true, param: HERE }]]);
  });

  it("that is absent is no unreadable one", async () => {
    expect(createRawConfigReader().read(dir)).toEqual({ kind: "absent" });
  });

  it.each([
    ["a pipe, which nobody waits for", (path: string) => void execFileSync("mkfifo", [path])],
    ["a folder", (path: string) => mkdir(path)],
  ])("that is %s is unreadable", async (_, make) => {
    const path = join(dir, "lima.yaml");
    await make(path);
    expect(createRawConfigReader().read(dir)).toEqual({ kind: "unreadable", text: `${path} is no file` });
  });

  it.each([
    ["a quote without an end", `${MARKED}mounts: "\n`],
    ["a list without an end", `${MARKED}mounts: [\n`],
    ["a key that stands twice", `${MARKED}plain: true\nplain: false\n`],
    ["a tab for an indent", `plain: true\n\tx: 1\n${MARKED}`],
    ["a table without an end", `${MARKED}plain: {a: 1\n`],
  ])("with %s is no valid YAML, and none of it is believed", async (_, text) => {
    expect(await readOf(text)).toMatchObject({
      kind: "unreadable",
      text: expect.stringMatching(/is no valid YAML: ./u),
    });
  });

  it.each([
    ["", "nothing, after a power cut"],
    ["- a\n", "a list"],
  ])("of %j holds no mapping (%s)", async (text) => {
    expect(await readOf(text)).toMatchObject({ kind: "unreadable", text: expect.stringContaining("no mapping") });
  });
});
