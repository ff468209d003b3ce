import { describe, expect, it } from "vitest";
import { checkTool } from "../../../../../src/resources/image/recipes/check.js";
import type { GuestWork } from "../../../../../src/resources/image/recipes/guest-work.js";

const CHECK = { argv: ["tool", "--version"], pattern: /^tool (\S+)/mu };

/** A guest in which the tool ends and says as told. */
const workWith = (exitCode: number, stdout: string): GuestWork =>
  ({
    ...{ instance: "i", timeoutMs: 1000, title: "tool latest", key: "tools.tool" },
    context: { log: () => undefined, signal: new AbortController().signal },
    ports: { guest: { exec: async () => ({ exitCode, stdout, stderr: "", isCut: false }) } },
  }) as unknown as GuestWork;

describe("a tool that was installed", () => {
  it("says its version, the wanted one where one is", async () => {
    expect(await checkTool(workWith(0, "tool 1.2.3\n"), CHECK, null)).toBe("1.2.3");
    expect(await checkTool(workWith(0, "tool 1.2.3\n"), CHECK, "1.2.3")).toBe("1.2.3");
  });

  it.each([
    ["another version", 0, "tool 1.2.4\u001b[2J\n", /says 1\.2\.4.*x1b.*and 1\.2\.3 was installed/u],
    ["no version", 0, "hello\n", /tells no version/u],
    ["an error", 3, "", /ended with exit code 3$/u],
  ])("that says %s does not work", async (_, exitCode, stdout, message) => {
    await expect(checkTool(workWith(exitCode, stdout), CHECK, "1.2.3")).rejects.toMatchObject({
      ...{ code: "TOOL_CHECK_FAILED", message: expect.stringMatching(message) },
      hint: "mend tools.tool in limaform.toml, then: limaform apply",
    });
  });

  it("that needs an instruction which the VM has not is no matter of the spec", async () => {
    await expect(checkTool(workWith(132, ""), CHECK, null)).rejects.toMatchObject({
      code: "TOOL_CHECK_FAILED",
      hint: expect.stringMatching(/QEMU_SYSTEM_X86_64='.*-cpu max'\nlimaform build --no-cache/u),
    });
  });
});
