import { existsSync, lstatSync, readdirSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";

/* Before and after each file of the integration tests: no test may touch the ~/.lima of who runs them. */

const homes = [...new Set([homedir(), userInfo().homedir])].map((home) => join(home, ".lima"));
let before: readonly string[] = [];

beforeAll(() => {
  before = homes.flatMap(traces);
});
afterAll(() => {
  const fresh = homes.flatMap(traces).filter((trace) => !before.includes(trace));
  expect(fresh, "a test, or a limaform beside it, wrote into the user's own LIMA_HOME").toEqual([]);
});

/** Names at its top, and what limaform and the fake limactl keep there with its time; running VMs change other files. */
function traces(home: string): readonly string[] {
  if (!existsSync(home)) return [];
  const inside = ["_limaform", "_fake"].flatMap((name) => below(join(home, name)));
  return [home, ...readdirSync(home).map((name) => join(home, name)), ...inside];
}

function below(path: string): readonly string[] {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return [`${path} of ${stats.mtime.toISOString()}`];
  return [path, ...readdirSync(path).flatMap((name) => below(join(path, name)))];
}
