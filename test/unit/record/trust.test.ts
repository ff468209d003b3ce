import { describe, expect, it } from "vitest";
import { decodeTrust, encodeTrust, type TrustGrant, trustDigest } from "../../../src/record/trust.js";

const FILES = [{ key: "vm.image", path: "../disk.img", file: "/home/me/disk.img" }];
const GRANT: TrustGrant = {
  digest: trustDigest("/home/me/shop", FILES),
  ...{ ownerPath: "/home/me/shop", project: "shop", files: FILES, at: "2026-01-02T03:04:05Z" },
};

describe("the digest of what is trusted", () => {
  it.each([
    ["repository", "/home/me/other", {}],
    ["key", "/home/me/shop", { key: "vm.kernel" }],
    ["path", "/home/me/shop", { path: "../other.img" }],
    ["place where a link leads", "/home/me/shop", { file: "/etc/shadow" }],
  ])("is another one for another %s", (_, owner, change) => {
    expect(trustDigest(owner, [{ ...FILES[0], ...change } as (typeof FILES)[number]])).not.toBe(GRANT.digest);
  });
});

describe("the file of grants", () => {
  it("is read as it was written", () => {
    expect(decodeTrust(encodeTrust([GRANT], "0.1.0"))).toEqual([GRANT]);
  });

  it.each([
    ["there is none", null],
    ["it is torn", encodeTrust([GRANT], "0.1.0").slice(0, -9)],
    ["it is another document", JSON.stringify({ format: "limaform.record", version: 1, grants: [GRANT] })],
    ["it has no list", JSON.stringify({ format: "limaform.trusted", version: 1, grants: GRANT })],
  ])("trusts nothing where %s", (_, text) => {
    expect(decodeTrust(text)).toEqual([]);
  });

  it("leaves out a grant of which a part is damaged: half of its files are not what was granted", () => {
    const damaged = { ...GRANT, files: [...FILES, { key: "vm.kernel", path: 3 }] } as unknown as TrustGrant;
    expect(decodeTrust(encodeTrust([damaged, GRANT], "0.1.0"))).toEqual([GRANT]);
  });

  it("is not read by an older version", () => {
    const newer = JSON.stringify({ format: "limaform.trusted", version: 2, engine: "9.0.0", grants: [GRANT] });
    expect(() => decodeTrust(newer)).toThrow(expect.objectContaining({ code: "STORE_NEWER_FORMAT" }));
  });
});
