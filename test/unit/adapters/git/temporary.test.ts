import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withTemporaryFolder } from "../../../../src/adapters/git/temporary.js";

describe("a temporary folder", () => {
  let place: string;
  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), "limaform temporary "));
  });
  afterEach(() => rm(place, { recursive: true, force: true }));

  it("is gone afterwards, also after a failure", async () => {
    await withTemporaryFolder(place, (folder) => writeFile(join(folder, "x"), "x"));
    await expect(withTemporaryFolder(place, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await readdir(place)).toEqual([]);
  });

  it("takes along what a killed process left, and nothing that lives or is somebody else's", async () => {
    const dead = spawnSync("true").pid;
    const others = [`limaform-${process.pid}-abcdef`, "limaform-notes", `limaform-${dead}-abcdef.txt`];
    for (const name of [`limaform-${dead}-abcdef`, ...others])
      await mkdir(join(place, name, "inner"), { recursive: true });
    await withTemporaryFolder(place, async () => {});
    expect(await readdir(place)).toEqual(others.sort());
  });
});
