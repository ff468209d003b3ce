import { describe, expect, it } from "vitest";
import { hashModuleZip } from "../../../../src/adapters/downloads/module-zip.js";
import { makeZip } from "../../../support/zip.js";

describe("Go's hash of a module's zip", () => {
  it("is over names and contents, not over how they are packed or ordered", async () => {
    const hash = await hashModuleZip(makeZip({ "m@v1/a.go": "package a\n", "m@v1/b/c.go": "package c\n" }));
    expect(hash).toBe(await hashModuleZip(makeZip({ "m@v1/b/c.go": "package c\n", "m@v1/a.go": "package a\n" })));
    // By hand: printf of `sha256sum`'s two lines, then sha256 and base64.
    expect(hash).toBe("YgH8c1C7Ov9jqyEvwb59Io/qG8CYA6EammdexjA2T+A=");
    expect(hash).not.toBe(await hashModuleZip(makeZip({ "m@v1/a.go": "package b\n", "m@v1/b/c.go": "package c\n" })));
  });

  it("takes an empty file", async () => {
    await expect(hashModuleZip(makeZip({ "m@v1/empty": "" }))).resolves.toMatch(/^[A-Za-z0-9+/]{43}=$/u);
  });

  it("refuses what is no zip, or a torn one", async () => {
    const zip = makeZip({ "m@v1/a.go": "package a\n".repeat(100) });
    const torn = [Buffer.from("<html>"), Buffer.alloc(0), zip.subarray(0, zip.length - 10), zip.subarray(20)];
    for (const bytes of torn) await expect(hashModuleZip(bytes)).rejects.toMatchObject({ code: "DOWNLOAD_DAMAGED" });
  });

  it("refuses a file that says it unfolds to more than any toolchain, or unfolds to more than it says", async () => {
    const huge = makeZip({ "m@v1/a.go": "x" });
    huge.writeUInt32LE(0xfffffff0, huge.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02])) + 24);
    await expect(hashModuleZip(huge)).rejects.toMatchObject({ message: expect.stringContaining("2 GiB") });
    const lying = makeZip({ "m@v1/a.go": "x".repeat(1000) });
    lying.writeUInt32LE(1, lying.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02])) + 24);
    await expect(hashModuleZip(lying)).rejects.toMatchObject({ code: "DOWNLOAD_DAMAGED" });
  });
});
