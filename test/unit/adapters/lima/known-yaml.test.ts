import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createKnownYaml } from "../../../../src/adapters/lima/known-yaml.js";

let home: string;
let file: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "lf-yaml-"));
  file = join(home, "_limaform", "yaml.json");
  await mkdir(join(home, "_limaform"));
});
afterEach(() => rm(home, { recursive: true }));

const TEXT = "plain: true\n";
const FIELDS = { plain: true, param: { here: "x" } };
async function kept(fields: Readonly<Record<string, unknown>> = FIELDS): Promise<void> {
  const known = createKnownYaml(home);
  known.note(TEXT, fields);
  await known.keep();
}
async function found(text = TEXT) {
  const known = createKnownYaml(home);
  await known.recall();
  return known.find(text);
}

describe("what a text of YAML holds", () => {
  it("is known to the next command, of that very text alone", async () => {
    await kept();
    expect(await found()).toEqual(FIELDS);
    expect(await found(`${TEXT}\n`)).toBeNull();
  });

  it("is not believed where one letter of it was changed", async () => {
    await kept();
    await writeFile(file, (await readFile(file, "utf8")).replace("here", "hero"));
    expect(await found()).toBeNull();
  });

  it.each([
    ["no JSON", "{"],
    ["another format", '{"format":"limaform.other","version":1,"texts":[]}'],
    ["no list", '{"format":"limaform.yaml","version":1,"texts":{"of":1}}'],
    ["no entries", '{"format":"limaform.yaml","version":1,"texts":[null,[],{"of":"a"},7]}'],
  ])("is parsed again where the file holds %s", async (_, text) => {
    await writeFile(file, text);
    expect(await found()).toBeNull();
  });

  it.each([
    ["a number that JSON does not have", { cpus: Number.NaN }],
    ["a value that is none", { cpus: undefined }],
    ["a date", { at: new Date(0) }],
  ])("is not kept with %s", async (_, fields) => {
    await kept(fields);
    expect(await found()).toBeNull();
  });

  it("is kept of the eight texts that were used last", async () => {
    const known = createKnownYaml(home);
    for (let number = 0; number < 10; number += 1) known.note(`n: ${number}\n`, { n: number });
    known.find("n: 0\n");
    await known.keep();
    const all = await Promise.all(Array.from({ length: 10 }, (_, number) => found(`n: ${number}\n`)));
    expect(all.map((fields) => fields?.n ?? null)).toEqual([0, null, null, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("makes no folder on a host that has nothing of ours", async () => {
    await rm(join(home, "_limaform"), { recursive: true });
    await kept();
    await expect(readFile(file)).rejects.toThrow("ENOENT");
  });
});
