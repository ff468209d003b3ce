import { describe, expect, it } from "vitest";
import type { GuestCommand, GuestResult } from "../../../../../src/ports/guest.js";
import type { DriverPorts } from "../../../../../src/resources/driver-ports.js";
import type { BuildStep } from "../../../../../src/resources/image/build-step.js";
import { runCustom } from "../../../../../src/resources/image/recipes/run-custom.js";
import type { DriverContext, DriverStep } from "../../../../../src/resources/kind.js";

const FILE = "/tmp/limaform-tools.custom.yq";

/** Runs one tool; `answers`: of each script in turn. */
async function run(inputs: Readonly<Record<string, string | null>>, answers: readonly Partial<GuestResult>[]) {
  const calls: GuestCommand[] = [];
  const left = [...answers];
  const exec = async (_: string, command: GuestCommand): Promise<GuestResult> => {
    calls.push(command);
    const told = command.argv[0] === FILE ? left.shift() : {};
    return { exitCode: 0, stdout: "", stderr: "", isCut: false, ...told };
  };
  const build: BuildStep = {
    ...{ name: "custom-yq", title: "tools.custom.yq", key: "k", timeoutMs: 1000, kind: "custom" },
    inputs: { key: "tools.custom.yq", version: null, install: null, check: null, ...inputs },
  };
  const context = { signal: new AbortController().signal, report: () => {}, log: () => {} } as unknown as DriverContext;
  const outcome = runCustom(
    { guest: { exec } } as unknown as DriverPorts,
    { instance: "i" } as DriverStep,
    build,
    context,
  );
  return { outcome, calls };
}

describe("a tool of the spec's own", () => {
  it("is installed and asked by its scripts, from files that go away, as the guest's user with VERSION", async () => {
    const inputs = { install: "make install", check: "yq --version", version: "4.1" };
    const { outcome, calls } = await run(inputs, [{}, { stdout: "yq (https://yq.test) version v4.1\n" }]);
    expect(await outcome).toMatchObject({ version: "4.1", source: null });
    const scripts = calls.filter(({ argv }) => argv[0] === FILE);
    expect(scripts).toEqual([1, 2].map(() => ({ argv: [FILE], env: { VERSION: "4.1" } })));
    expect(calls.map(({ stdin }) => stdin).filter((text) => text !== undefined)).toEqual([
      expect.stringContaining("make install"),
      expect.stringContaining("yq --version"),
    ]);
    expect(calls.filter(({ argv }) => argv[0] === "rm")).toHaveLength(2);
    expect(calls.every(({ asRoot }) => asRoot !== true)).toBe(true);
  });

  it.each([
    ["yq version 4.45.1 (linux)", "4.45.1"],
    ["v1.2.3-rc.1+b5", "1.2.3-rc.1+b5"],
    ["go version go1.25.3 linux/amd64", "1.25.3"],
    ["built 2026, 7 of 9", null],
  ])("has the version that its check tells: %s", async (stdout, version) => {
    expect((await (await run({ check: "x" }, [{ stdout }])).outcome).version).toBe(version);
  });

  it("is not asked where it has no check, and then is what was wanted", async () => {
    expect(await (await run({ install: "x", version: "2" }, [{}])).outcome).toMatchObject({ version: "2" });
    expect(await (await run({ install: "x" }, [{}])).outcome).toMatchObject({ version: null });
  });

  it.each([
    [
      "its install fails",
      { install: "x", check: "y" },
      [{ exitCode: 3 }],
      "TOOL_INSTALL_FAILED",
      /ended with exit code 3/u,
      /custom\.yq\.install/u,
    ],
    [
      "its check fails",
      { install: "x", check: "y" },
      [{}, { exitCode: 4 }],
      "TOOL_CHECK_FAILED",
      /check ended with exit code 4/u,
      /custom\.yq\.check/u,
    ],
    [
      "its check says another version",
      { check: "y", version: "1\u001b[2J" },
      [{ stdout: "2.0" }],
      "TOOL_CHECK_FAILED",
      /does not say 1\\x1b\[2J/u,
      /custom\.yq\.version/u,
    ],
  ] as const)("stops the build where %s, naming the key to mend", async (_, inputs, answers, code, message, hint) => {
    const { outcome } = await run(inputs, answers);
    await expect(outcome).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });
});
