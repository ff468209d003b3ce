import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDiskLockFiles } from "../../../../src/adapters/lock/disk-lock-files.js";
import { readHeld } from "../../../../src/adapters/lock/held.js";
import type { LockFile } from "../../../../src/adapters/lock/lock-file.js";
import { UNKNOWN_HOLDER } from "../../../../src/adapters/lock/lock-file.js";
import { tryTake } from "../../../../src/adapters/lock/take.js";

const MINE: LockFile = { nonce: "ab", hostId: "h", pidSpace: "p", holder: { ...UNKNOWN_HOLDER, pid: 7 } };

describe("a lock that is a link", () => {
  let folder: string;
  let lock: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lf-lock-"));
    lock = join(folder, "lock.json");
  });
  afterEach(() => rm(folder, { recursive: true }));
  const files = createDiskLockFiles(() => "0123456789abcdef");
  const take = () => tryTake(lock, MINE, { files, isDead: async () => false, nonce: () => "cd" });
  const held = () => {
    const clock = { randomHex: () => "00" } as never;
    const host = { identify: async () => ({ hostId: "h", bootId: "b", pidSpace: "p" }) } as never;
    return readHeld({ lock, leases: join(folder, "leases") }, { clock, host });
  };

  it("and leads nowhere is named with what to do about it, by who wants it and by unlock", async () => {
    await symlink(join(folder, "gone"), lock);
    const told = {
      code: "STORE_DAMAGED",
      message: expect.stringContaining(lock),
      hint: expect.stringContaining(`rm ${lock}`),
    };
    await expect(take()).rejects.toMatchObject(told);
    await expect(held()).rejects.toMatchObject(told);
  });

  it("and leads to something that cannot be read as one is busy, like any such file", async () => {
    await writeFile(join(folder, "there"), "{}");
    await symlink(join(folder, "there"), lock);
    expect(await take()).toEqual({ kind: "busy", holder: null });
    expect(await held()).toMatchObject([{ path: lock, holder: null, liveness: "unknown" }]);
  });

  it("a name without a file is free", async () => {
    expect(await held()).toEqual([]);
    expect(await take()).toEqual({ kind: "taken", takenOver: null });
  });
});
