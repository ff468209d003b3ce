import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkSecretSources, secretSources } from "../../../src/app/secret-sources.js";
import { BACKENDS } from "../../../src/backends/registry.js";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "lf-secrets-"));
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("secretSources", () => {
  it("reads each of the three sorts, by name; a text for the shell becomes its command line", () => {
    const secrets = {
      B: { env: "B_ON_HOST" },
      C: { command: "pass show c" },
      D: { command: ["pass", "d"] },
      A: { file: "~/a" },
    };
    expect(secretSources({ root: "/r", values: { secrets } }, "/home/me")).toEqual([
      { name: "A", file: "/home/me/a" },
      { name: "B", env: "B_ON_HOST" },
      { name: "C", command: ["/bin/sh", "-c", "pass show c"] },
      { name: "D", command: ["pass", "d"] },
    ]);
    expect(secretSources({ root: "/r", values: {} }, "/home/me")).toEqual([]);
  });
});

const LOGINS = BACKENDS.flatMap(({ credentialFiles }) => credentialFiles);

describe("checkSecretSources", () => {
  it.each(LOGINS)("refuses %s, a login that renews itself, also through a link", async (file) => {
    const login = join(home, file);
    await mkdir(join(login, ".."), { recursive: true });
    await writeFile(login, "{}");
    await symlink(login, join(home, "link"));
    for (const named of [login, join(home, "link")]) {
      await expect(checkSecretSources([{ name: "KEY", file: named }], home)).rejects.toMatchObject({
        code: "RUN_SECRET_ROTATES",
        hint: expect.stringContaining("long-lived token"),
      });
    }
  });

  it("takes any other file, and what comes from the environment or a command", async () => {
    expect(LOGINS.length).toBeGreaterThan(3);
    await writeFile(join(home, "key"), "k");
    const sources = [
      { name: "A", file: join(home, "key") },
      { name: "B", file: join(home, "not-there") },
      { name: "C", env: "C" },
      { name: "D", command: ["true"] },
    ];
    await expect(checkSecretSources(sources, home)).resolves.toBeUndefined();
  });
});
