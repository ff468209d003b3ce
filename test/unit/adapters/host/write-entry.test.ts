import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stampOf } from "../../../../src/adapters/host/host-entry.js";
import { type HostTree, openHostTree } from "../../../../src/adapters/host/host-tree.js";
import { writeEntry } from "../../../../src/adapters/host/write-entry.js";

let folder = "";
let tree: HostTree;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lf-write-"));
  await mkdir(join(folder, "root/src"), { recursive: true });
  await mkdir(join(folder, "staging"));
  await writeFile(join(folder, "staging/0"), "worker\n");
  await writeFile(join(folder, "root/src/a.txt"), "host\n");
  tree = await openHostTree(join(folder, "root"));
});
afterEach(async () => {
  await tree.close();
  await rm(folder, { recursive: true, force: true });
});

/** What the user does right after the folder was looked at. */
const meanwhile = (act: () => Promise<void>): HostTree => ({
  ...tree,
  async parentOf(path, mode) {
    const parent = await tree.parentOf(path, mode);
    if (parent === null || typeof parent === "string") return parent;
    let looks = 0;
    const check = async () => {
      const isSame = await parent.check();
      looks += 1;
      if (looks === 1) await act();
      return isSame;
    };
    return { at: parent.at, close: parent.close, check };
  },
});
const request = async (path: string) => ({
  path,
  stamp: (await stampOf(join(folder, "root", path)))?.stamp ?? null,
  wanted: { kind: "file", staged: join(folder, "staging/0") } as const,
  aside: join(folder, "staging/aside-0"),
});

describe("writing an entry", () => {
  it.each(["src/new.txt", "src/a.txt"])(
    "into a folder that goes away meanwhile is a change of the host: %s",
    async (path) => {
      const gone = meanwhile(() => rm(join(folder, "root/src"), { recursive: true }));
      expect(await writeEntry(gone, await request(path))).toBe("changed_meanwhile");
    },
  );

  it("says of what is missing on our own side that it is", async () => {
    const swept = meanwhile(() => rm(join(folder, "staging/0")));
    await expect(writeEntry(swept, await request("src/new.txt"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await readFile(join(folder, "root/src/a.txt"), "utf8")).toBe("host\n");
  });
});
