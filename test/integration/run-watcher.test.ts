import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { USED_CPU } from "../../src/adapters/runs/unit-scripts.js";

/** The unit's own count stands still; the shell that watches, and a child that it waits for, work. */
const WATCHING = `
busy() { turn=0; while [ "$turn" -lt 300000 ]; do turn=$((turn + 1)); done; }
used_cpu; before=$used
busy; (busy)
read -r own < /proc/self/stat
set -- \${own##*) }
took=$(((\${12} + \${13} + \${14} + \${15}) * 10000))
printf 'usage_usec %d\\nuser_usec 1\\n' "$((all + took + $1000))" > "$group/cpu.stat"
used_cpu
echo "$took $((used - before))"
`;

describe.skipIf(process.platform !== "linux")("the CPU that a run's watcher sees", () => {
  let group = "";
  beforeEach(async () => {
    group = await mkdtemp(join(tmpdir(), "limaform-group-"));
    await writeFile(join(group, "cpu.stat"), "usage_usec 5000000\nuser_usec 1\n");
  });
  afterEach(() => rm(group, { recursive: true, force: true }));

  const look = async (othersUs: number): Promise<readonly number[]> => {
    const script = `group=${group}\n${USED_CPU}${WATCHING.replace("$1000", String(othersUs))}`;
    const { stdout } = await promisify(execFile)("sh", ["-c", script]);
    return stdout.trim().split(" ").map(Number);
  };

  it.each([0, 700_000])("is what others in the unit used (%d µs), not what looking costs", async (othersUs) => {
    const [took = 0, seen = 0] = await look(othersUs);
    // As much as would count as work if it were not taken out.
    expect(took).toBeGreaterThan(200_000);
    expect(Math.abs(seen - othersUs)).toBeLessThanOrEqual(100_000);
  });

  it("is none where there is no such group", async () => {
    const { stdout } = await promisify(execFile)("sh", [
      "-c",
      `group=/nowhere\n${USED_CPU}\nused_cpu 2>/dev/null; [ "$used" -le 0 ] && echo none`,
    ]);
    expect(stdout).toBe("none\n");
  });
});
