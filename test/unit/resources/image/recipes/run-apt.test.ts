import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { GuestCommand } from "../../../../../src/ports/guest.js";
import type { DriverPorts } from "../../../../../src/resources/driver-ports.js";
import type { BuildStep } from "../../../../../src/resources/image/build-step.js";
import { runApt } from "../../../../../src/resources/image/recipes/run-apt.js";
import type { DriverStep } from "../../../../../src/resources/kind.js";
import type { Json } from "../../../../../src/util/json.js";
import type { BuildNote } from "../../../../../src/world/build.js";
import { createFakeClock } from "../../../../support/fake-clock.js";

const NOTE: BuildNote = { origin: "base one", startedAt: "", begun: null, done: [], resumed: [], usedBytes: null };
const RESUMED = [{ at: "2026-11-26T00:00:00.000Z", step: "apt" }];
const SHA256 = "ab".repeat(32);

/** One host whose cache lasts from build to build. */
function makeHost() {
  const memory = new Map<string, Json>();
  const files = new Set<string>();
  /** A build on that host; returns whether indexes of an earlier one were given to it. */
  async function build(note: BuildNote | null, hasNetwork = true): Promise<boolean> {
    const clock = createFakeClock();
    const scripts: string[] = [];
    const ports = {
      clock: { ...clock, sleep: async () => undefined },
      files: { readBuild: async () => note },
      downloads: {
        proxies: () => null,
        recall: async (name: string) => memory.get(name) ?? null,
        remember: async (name: string, value: Json) => void memory.set(name, value),
        find: async ({ value }: { value: string }) =>
          files.has(value) ? { checksum: { algorithm: "sha256", value }, bytes: 5, downloadedBytes: 0 } : null,
        open: () => Readable.from([]),
        keep: async ([file]: readonly { checksum: { value: string } }[]) => {
          files.add(file?.checksum.value ?? "");
          return 1;
        },
      },
      guest: {
        async exec(_: string, { argv }: GuestCommand) {
          const script = argv.join(" ");
          scripts.push(script);
          const isDown = !hasNetwork && / update$/u.test(script);
          const stdout = script.includes("packed $(stat") ? `packed 5 ${SHA256}\n` : "debian 13 amd64\n";
          return { exitCode: isDown ? 100 : 0, stdout, stderr: "", isCut: false };
        },
      },
    } as unknown as DriverPorts;
    const step = { instance: "i" } as DriverStep;
    const inputs = { packages: ["jq"], mirror: null };
    const signal = new AbortController().signal;
    const quiet = { signal, report: () => undefined, log: () => undefined };
    await runApt(ports, step, { title: "apt", inputs, timeoutMs: 1000 } as unknown as BuildStep, quiet);
    return scripts.some((script) => script.includes("tar --extract"));
  }
  return { build };
}

describe("apt's indexes of an earlier build", () => {
  it("are given to the next one on the same base image, which then does without network", async () => {
    const { build } = makeHost();
    expect(await build(NOTE)).toBe(false);
    expect(await build(NOTE)).toBe(true);
    expect(await build(NOTE, false)).toBe(true);
  });

  it("are not given to a build on another base image: that one could have written them", async () => {
    const { build } = makeHost();
    await build({ ...NOTE, origin: "a base image of somebody else" });
    expect(await build(NOTE)).toBe(false);
  });

  it.each([
    ["on whose disk later steps may have run", { ...NOTE, resumed: RESUMED }],
    ["whose base image is not known any more", { ...NOTE, origin: "" }],
    ["whose note is lost", null],
  ])("are not taken from a build %s", async (_, note) => {
    const { build } = makeHost();
    await build(note);
    await build(note);
    expect(await build(NOTE)).toBe(false);
    await expect(build({ ...NOTE, origin: "third" }, false)).rejects.toMatchObject({ code: "TOOL_INSTALL_FAILED" });
  });
});
