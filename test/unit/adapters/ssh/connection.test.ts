import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openConnection } from "../../../../src/adapters/ssh/connection.js";

describe("the connection that commands share", () => {
  let home = "";
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "lfc-"));
    await mkdir(join(home, "w-1"));
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const open = async (key: string | null, port = 40_123) => {
    const text = `Host lima-w-1\n  User agent\n  Port ${port}\n`;
    await writeFile(join(home, "w-1", "ssh.config"), text);
    const files = { readHostKey: async () => key };
    return openConnection({ home, env: { XDG_RUNTIME_DIR: home }, files }, "w-1", false);
  };
  const socketOf = ({ args }: { readonly args: readonly string[] }) =>
    args.find((word) => word.startsWith("ControlPath="));

  it("is found again by every command, which leaves it open for a while", async () => {
    const [first, second] = [await open("ssh-ed25519 AAAA"), await open("ssh-ed25519 AAAA")];
    expect(socketOf(first)).toMatch(/^ControlPath=.*\/limaform\/[0-9a-f]{16}$/u);
    expect(socketOf(second)).toBe(socketOf(first));
    expect(first.args).toEqual(expect.arrayContaining(["ControlMaster=auto", "ControlPersist=60"]));
  });

  it("is another one after another start, and for a machine with another key", async () => {
    const sockets = [
      await open("ssh-ed25519 AAAA"),
      await open("ssh-ed25519 AAAA", 40_124),
      await open("ssh-ed25519 B"),
    ];
    expect(new Set(sockets.map(socketOf)).size).toBe(3);
  });
});
