import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitReady } from "../../../../src/adapters/ssh/ready.js";
import { createFakeClock } from "../../../support/fake-clock.js";

/* ssh is a script here that ends well, and writes a host key from the given try on. */

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "lfr-"));
  await mkdir(join(home, "w-1"));
  await mkdir(join(home, "bin"));
  await writeFile(join(home, "w-1/ssh.config"), "Host lima-w-1\n  User agent\n  Port 40123\n");
});
afterEach(() => rm(home, { recursive: true, force: true }));

async function ssh(keyFromTry: number): Promise<void> {
  const file = join(home, "bin/ssh");
  const script = `#!/bin/sh
echo x >>"${home}/tries"
[ "$(wc -l <"${home}/tries")" -lt ${keyFromTry} ] || echo "lima-w-1 ssh-ed25519 AAAA" >"${home}/w-1/limaform-first-key.tmp"
`;
  await writeFile(file, script);
  await chmod(file, 0o755);
}

describe("the first answer of a guest", () => {
  it("is waited for again where ssh wrote down no key, and none is pinned before", async () => {
    await ssh(2);
    const pinned: string[] = [];
    const files = {
      readHostKey: async () => null,
      pinHostKey: async (_: string, key: string) => void pinned.push(key),
    };
    const env = { PATH: `${join(home, "bin")}:/usr/bin:/bin`, HOME: home };
    const clock = { ...createFakeClock(), sleep: async () => {} };
    const context = { home, env, childEnv: env, files, clock, isRunning: async () => true };
    const options = { signal: new AbortController().signal, timeoutMs: 60_000, report: () => {} };
    await waitReady(context, "w-1", options);
    expect(pinned).toEqual(["ssh-ed25519 AAAA"]);
  });
});
