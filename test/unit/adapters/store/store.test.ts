import { chmod, mkdir, readdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sweepTemporary } from "../../../../src/adapters/store/files.js";
import { createStore } from "../../../../src/adapters/store/store.js";
import { toStoreError } from "../../../../src/adapters/store/store-errors.js";
import { createFakeClock } from "../../../support/fake-clock.js";
import { temporaryFolder } from "../../../support/temporary-folder.js";

async function scene() {
  const root = join(await temporaryFolder(), "_limaform", "my-app");
  return { root, store: createStore({ root, clock: createFakeClock() }) };
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe("reading", () => {
  it("finds nothing where nothing was written, and makes nothing", async () => {
    const { root, store } = await scene();
    expect(await store.readText("record.json")).toBeNull();
    expect(await store.readJson("record.json")).toBeNull();
    expect(await store.list("leases")).toEqual([]);
    await expect(stat(root)).rejects.toThrow("ENOENT");
  });

  it("does not take a failure for absence", async () => {
    const { root, store } = await scene();
    await mkdir(join(root, "record.json"), { recursive: true });
    await expect(store.readText("record.json")).rejects.toMatchObject({
      code: "STORE_FAILED",
      details: { path: join(root, "record.json"), operation: "read", errno: "EISDIR" },
    });
  });

  it("says which file is no JSON", async () => {
    const { root, store } = await scene();
    await store.writeText("x.json", "{");
    await expect(store.readJson("x.json")).rejects.toMatchObject({
      code: "STORE_DAMAGED",
      message: `${root}/x.json is no JSON`,
    });
  });
});

describe("writing", () => {
  it("reads back what it wrote, in folders that it makes", async () => {
    const { store } = await scene();
    await store.writeText("a/b.txt", "one");
    await store.writeText("a/b.txt", "two");
    await store.writeJson("c.json", { x: [1] });
    expect(await store.readText("a/b.txt")).toBe("two");
    expect(await store.readJson("c.json")).toEqual({ x: [1] });
    expect(await store.list("")).toEqual(["a", "c.json"]);
  });

  it("closes folders and files to other users, also a folder that somebody opened", async () => {
    const { root, store } = await scene();
    await store.writeText("a.txt", "x");
    await chmod(root, 0o755);
    await store.appendLine("sub/j.ndjson", "x");
    expect(await modeOf(root)).toBe("700");
    expect(await modeOf(join(root, "..", "..", "_limaform"))).toBe("700");
    expect(await modeOf(join(root, "sub"))).toBe("700");
    expect(await modeOf(join(root, "a.txt"))).toBe("600");
    expect(await modeOf(join(root, "sub/j.ndjson"))).toBe("600");
  });

  it("leaves the old text and no residue where the new one cannot be put in place", async () => {
    const { root, store } = await scene();
    await mkdir(join(root, "taken", "inside"), { recursive: true });
    await expect(store.writeText("taken", "x")).rejects.toMatchObject({ code: "STORE_FAILED" });
    expect(await readdir(root)).toEqual(["taken"]);
  });

  it("never shows half a file to a reader", async () => {
    const { root, store } = await scene();
    const texts = ["a".repeat(100_000), "b".repeat(100_000)];
    await store.writeText("big", texts[0] ?? "");
    const seen = new Set<string>();
    let isWriting = true;
    const writing = (async () => {
      for (let round = 0; round < 20; round += 1) await store.writeText("big", texts[round % 2] ?? "");
      isWriting = false;
    })();
    while (isWriting) seen.add(await readFile(join(root, "big"), "utf8"));
    await writing;
    for (const text of seen) expect(texts).toContain(text);
  });

  it("does not list files that are still being written", async () => {
    const { root, store } = await scene();
    await store.writeText("a", "x");
    await writeFile(join(root, ".b.00.tmp"), "half");
    expect(await store.list("")).toEqual(["a"]);
  });

  it("refuses paths outside the state folder", async () => {
    const { store } = await scene();
    await expect(store.writeText("../other/x", "x")).rejects.toThrow("path outside the state folder");
    await expect(store.readText("a/../../x")).rejects.toThrow("path outside the state folder");
  });

  it("removes what is there, and minds nothing that is not", async () => {
    const { store } = await scene();
    await store.writeText("a/b", "x");
    await store.remove("a");
    await store.remove("a");
    expect(await store.list("")).toEqual([]);
  });
});

describe("appending", () => {
  it("keeps many lines whole that are written at once", async () => {
    const { store } = await scene();
    const lines = Array.from({ length: 50 }, (_, place) => `${place} ${"x".repeat(500)}`);
    await Promise.all(lines.map((line) => store.appendLine("j", line)));
    expect((await store.readText("j"))?.trimEnd().split("\n").sort()).toEqual([...lines].sort());
  });

  it("starts a new line behind a torn one", async () => {
    const { root, store } = await scene();
    await store.appendLine("j", "whole");
    await writeFile(join(root, "j"), "whole\nto");
    await store.appendLine("j", "next");
    expect(await store.readText("j")).toBe("whole\nto\nnext\n");
  });
});

describe("a failure of the file system", () => {
  const failure = (code: string) => Object.assign(new Error(code), { code });

  it.each([
    ["ENOSPC", "STORE_NO_SPACE", "df -h"],
    ["EDQUOT", "STORE_NO_SPACE", "df -h"],
    ["EACCES", "STORE_DENIED", "ls -ld"],
    ["EPERM", "STORE_DENIED", "ls -ld"],
    ["EROFS", "STORE_READ_ONLY", "LIMA_HOME"],
    ["EIO", "STORE_FAILED", "ls -la"],
  ])("%s is %s, with a next step", (errno, code, hint) => {
    const error = toStoreError(failure(errno), "write", "/a b/c");
    expect(error).toMatchObject({ code, hint: expect.stringContaining(hint), details: { errno, path: "/a b/c" } });
    expect(error.message).toContain("cannot write /a b/c: ");
    expect(error.cause).toMatchObject({ code: errno });
  });
});

describe("sweepTemporary", () => {
  it("removes only old files of writes that were cut off", async () => {
    const folder = await temporaryFolder();
    for (const name of [".old.1.tmp", ".new.2.tmp", "kept.tmp", ".kept"]) await writeFile(join(folder, name), "");
    for (const name of [".old.1.tmp", "kept.tmp", ".kept"]) await utimes(join(folder, name), 1, 1);
    await sweepTemporary(folder, 10_000);
    expect((await readdir(folder)).sort()).toEqual([".kept", ".new.2.tmp", "kept.tmp"]);
    await sweepTemporary(join(folder, "absent"), 10_000);
  });
});
