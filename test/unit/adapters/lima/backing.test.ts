import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBacking } from "../../../../src/adapters/lima/backing.js";
import { type Chains, usersOf } from "../../../../src/adapters/lima/chains.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "lf-backing-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** The header of a qcow2 file as QEMU writes it. */
function qcow2(backing: string): Buffer {
  const file = Buffer.alloc(1024);
  file.write("QFI\xfb", "latin1");
  file.writeUInt32BE(3, 4);
  if (backing !== "") {
    file.writeBigUInt64BE(512n, 8);
    file.writeUInt32BE(Buffer.byteLength(backing), 16);
    file.write(backing, 512);
  }
  return file;
}
const readOf = async (name: string, content: Buffer) => {
  const path = join(folder, name);
  await writeFile(path, content);
  return readBacking(path);
};

describe("readBacking", () => {
  it("finds the file a qcow2 disk stands on, seen from the disk's own folder", async () => {
    expect(await readOf("a", qcow2("../bases/x.qcow2"))).toEqual({
      kind: "file",
      written: "../bases/x.qcow2",
      path: join(folder, "..", "bases", "x.qcow2"),
    });
    expect(await readOf("b", qcow2("/abs/x"))).toMatchObject({ path: "/abs/x" });
    expect(await readOf("c", qcow2("file:x"))).toMatchObject({ path: join(folder, "x") });
  });

  it("finds none under a whole qcow2 or a raw disk", async () => {
    expect(await readOf("d", qcow2(""))).toEqual({ kind: "none", format: "qcow2" });
    expect(await readOf("e", Buffer.alloc(512, 7))).toEqual({ kind: "none", format: "raw" });
  });

  it("tells a missing disk from one that it cannot understand", async () => {
    expect(await readBacking(join(folder, "none"))).toEqual({ kind: "absent" });
    const damaged = qcow2("x");
    damaged.writeUInt32BE(70_000, 16);
    for (const content of [
      Buffer.alloc(0),
      Buffer.from("QFI"),
      qcow2('json:{"file":{}}'),
      qcow2("nbd://h/x"),
      damaged,
    ]) {
      expect(await readOf("f", content)).toMatchObject({ kind: "unreadable" });
    }
    expect(await readOf("g", Buffer.concat([Buffer.from("KDMV"), Buffer.alloc(600)]))).toMatchObject({
      kind: "unreadable",
    });
  });

  it("says what qemu-img says", async ({ skip }) => {
    const made = spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", join(folder, "base.qcow2"), "1M"]);
    skip(made.error !== undefined, "qemu-img is not here");
    spawnSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2", join(folder, "top")], {
      cwd: folder,
    });
    expect(await readBacking(join(folder, "top"))).toEqual({
      kind: "file",
      written: "base.qcow2",
      path: join(folder, "base.qcow2"),
    });
  });
});

describe("usersOf", () => {
  const chains: Chains = {
    problems: [],
    users: new Map([
      ["/s/bases/tools", ["shop-tools-1", "/s/bases/golden", "/other/bases/b"]],
      ["/s/bases/golden", ["shop-worker-1"]],
    ]),
  };
  const isOwn = (path: string) => path.startsWith("/s/bases/");

  it("follows chains through our own bases to their ends", () => {
    expect(usersOf(chains, "/s/bases/tools", isOwn)).toEqual(["/other/bases/b", "shop-tools-1", "shop-worker-1"]);
    expect(usersOf(chains, "/s/bases/golden", isOwn)).toEqual(["shop-worker-1"]);
    expect(usersOf(chains, "/s/bases/none", isOwn)).toEqual([]);
  });

  it("ends in a circle, which only a damaged disk can make", () => {
    const circle: Chains = {
      problems: [],
      users: new Map([
        ["/s/bases/a", ["/s/bases/b"]],
        ["/s/bases/b", ["/s/bases/a"]],
      ]),
    };
    expect(usersOf(circle, "/s/bases/a", isOwn)).toEqual([]);
  });
});
