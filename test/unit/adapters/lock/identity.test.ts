import { describe, expect, it } from "vitest";
import { createDarwinHost, parsePs } from "../../../../src/adapters/lock/darwin-host.js";
import { type Host, type Identity, isDead, type ProcessReading } from "../../../../src/adapters/lock/identity.js";
import { parseStat } from "../../../../src/adapters/lock/linux-host.js";
import type { LockFile } from "../../../../src/adapters/lock/lock-file.js";
import type { LockHolder } from "../../../../src/ports/host.js";

const US: Identity = { host: "h", hostId: "id", bootId: "boot", pidSpace: "ns", pid: 1, processStart: "100" };
const HOLDER: LockHolder = {
  operation: "apply",
  owner: "o",
  host: "h",
  bootId: "boot",
  pid: 5,
  processStart: "500",
  since: "t",
};

function judge(
  changes: Partial<LockHolder & Pick<LockFile, "hostId" | "pidSpace">>,
  reading: ProcessReading,
): Promise<boolean> {
  const { hostId = "id", pidSpace = "ns", ...holder } = changes;
  const host: Host = { identify: async () => US, readProcess: async () => reading };
  return isDead({ nonce: "aa", hostId, pidSpace, holder: { ...HOLDER, ...holder } }, US, host);
}

const alive: ProcessReading = { kind: "running", start: "500" };
const gone: ProcessReading = { kind: "gone" };

describe("a holder is dead", () => {
  it.each([
    ["when its process is gone", {}, gone],
    ["when its pid belongs to a process that started at another time", {}, { kind: "running", start: "501" } as const],
    ["when the host has booted since", { bootId: "earlier" }, alive],
  ])("%s", async (_, changes, reading) => {
    expect(await judge(changes, reading)).toBe(true);
  });
});

describe("a holder counts as alive", () => {
  it.each([
    ["when its process runs", {}, alive],
    ["when nobody can tell whether its process runs", {}, { kind: "unknown" } as const],
    ["on another host, whatever that says of its processes", { hostId: "other", bootId: "x" }, gone],
    ["in another space of process ids", { pidSpace: "other" }, gone],
    ["on a host of another name with our machine id and another boot", { host: "twin", bootId: "x" }, gone],
    ["when its boot is not known", { bootId: "" }, alive],
    ["when its start is not known", { processStart: "" }, alive],
  ])("%s", async (_, changes, reading) => {
    expect(await judge(changes, reading)).toBe(false);
  });
});

describe("what /proc and ps say", () => {
  it("finds the start behind a program name with brackets and spaces", () => {
    const fields = Array.from({ length: 30 }, (_, place) => `f${place + 4}`).join(" ");
    expect(parseStat(`5 (a ) b (c) S ${fields}`)).toEqual({ kind: "running", start: "f22" });
  });

  it("counts a zombie as gone", () => {
    expect(parseStat(`5 (x) Z ${"0 ".repeat(40)}`)).toEqual({ kind: "gone" });
    expect(parsePs({ exitCode: 0, stdout: "Z+   Sun Nov  1 10:00:00 2026\n" })).toEqual({ kind: "gone" });
  });

  it("reads ps: a start, no such process, or no answer", () => {
    const start = "Sun Nov 1 10:00:00 2026";
    expect(parsePs({ exitCode: 0, stdout: "Ss   Sun Nov  1 10:00:00 2026\n" })).toEqual({ kind: "running", start });
    expect(parsePs({ exitCode: 1, stdout: "" })).toEqual({ kind: "gone" });
    expect(parsePs({ exitCode: null, stdout: "" })).toEqual({ kind: "unknown" });
  });

  it("identifies a macOS host by its platform UUID and boot session", async () => {
    const answers: Record<string, string> = {
      ioreg: '    "IOPlatformUUID" = "AAAA-BBBB"\n',
      sysctl: "SESSION\n",
      ps: "S    Sun Nov  1 10:00:00 2026\n",
    };
    const host = createDarwinHost(async ([tool = ""]) => ({ exitCode: 0, stdout: answers[tool] ?? "" }), 5);
    expect(await host.identify()).toMatchObject({ bootId: "SESSION", pid: 5, processStart: "Sun Nov 1 10:00:00 2026" });
  });
});
