import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createSecrets } from "../../../../src/adapters/host/secrets.js";
import type { SecretSource } from "../../../../src/ports/secrets.js";

const VALUE = "0123456789abcdef";

describe("values of secrets", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "lf-values-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const resolve = (sources: readonly SecretSource[], env: Readonly<Record<string, string>> = {}) =>
    createSecrets({ env: { PATH: process.env.PATH, ...env }, cwd: folder }).resolve(sources, {
      signal: new AbortController().signal,
      timeoutMs: 10_000,
    });
  const file = async (content: string | Uint8Array): Promise<SecretSource> => {
    await writeFile(join(folder, "key"), content);
    return { name: "KEY", file: join(folder, "key") };
  };
  const command = (script: string): SecretSource => ({ name: "KEY", command: ["/bin/sh", "-c", script] });

  it("come from a variable, a file and a command of this host, which runs in the spec's folder, without their last line end", async () => {
    const sources = [{ name: "A", env: "A_HERE" }, await file(`${VALUE}\r\n`), { ...command("cat key"), name: "C" }];
    expect(await resolve(sources, { A_HERE: `${VALUE}\n` })).toEqual([
      { name: "A", value: `${VALUE}\n` },
      { name: "KEY", value: VALUE },
      { name: "C", value: `${VALUE}\r\n`.slice(0, -2) },
    ]);
    expect((await resolve([await file("line-one-1\nline-two-2\n")]))[0]?.value).toBe("line-one-1\nline-two-2");
  });

  it("that are missing are all named at once, blank ones too", async () => {
    const sources = [{ name: "A", env: "NOT_SET" }, { name: "B", env: "BLANK" }, await file("\n"), command("echo ' '")];
    const missing = resolve([...sources, { name: "D", file: join(folder, "none") }], { BLANK: "          " });
    await expect(missing).rejects.toMatchObject({
      code: "RUN_SECRET_MISSING",
      message: expect.stringMatching(
        /secrets\.A \(variable NOT_SET\).*secrets\.B.*secrets\.KEY.*its command.*secrets\.D/u,
      ),
    });
  });

  it.each([
    ["short", "a word  ", /shorter than 8/u],
    ["long", "x".repeat(96 * 1024 + 1), /longer than 96 KiB/u],
    ["with a NUL", `${VALUE}\0`, /NUL/u],
    ["no text", Uint8Array.from([255, 254, ...Buffer.from(VALUE)]), /no text/u],
  ])("that are %s are refused, and never told", async (_, content, why) => {
    await expect(resolve([await file(content)])).rejects.toMatchObject({
      code: "RUN_SECRET_INVALID",
      message: expect.stringMatching(why),
    });
  });

  it("are missing where their command fails, and nothing of what it printed is told", async () => {
    const failed = await resolve([command(`echo ${VALUE}; echo ${VALUE} >&2; exit 3`)]).catch((error) => error);
    expect(failed).toMatchObject({ code: "RUN_SECRET_MISSING", message: expect.stringContaining("ended with 3") });
    expect(failed.message).not.toContain(VALUE);
    await expect(resolve([{ name: "KEY", command: ["limaform-no-such-program"] }])).rejects.toMatchObject({
      message: expect.stringContaining("cannot be started (ENOENT)"),
    });
  });
});
