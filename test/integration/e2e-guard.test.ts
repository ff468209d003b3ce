import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, expect, it } from "vitest";
import { isAlive, until } from "../support/program.js";

/* The guard of the tests on VMs, around a limaform that is not there any more when its limactl would start the VM. */

const folder = mkdtempSync(join(tmpdir(), "lf-guard-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("ends what a limaform has begun in groups of its own, when the test run is killed", async () => {
  const [home, scratch, said] = [join(folder, "home"), join(folder, "scratch"), join(folder, "pid")];
  for (const path of [home, scratch]) mkdirSync(path);
  // As limactl: the command line does not tell whose it is.
  const limactl = 'spawn("sh", ["-c", "sleep 600; exit"], { detached: true, stdio: "ignore" })';
  const program = join(scratch, "cli.js");
  writeFileSync(
    program,
    `const { spawn } = require("node:child_process"); require("node:fs").writeFileSync(${JSON.stringify(said)}, String(${limactl}.pid)); setInterval(() => {}, 1e6);`,
  );
  const run = join(folder, "run.mts");
  writeFileSync(
    run,
    `import { spawn } from "node:child_process";
import { guardFolders } from ${JSON.stringify(resolve("test/support/e2e-guard.ts"))};
const guard = guardFolders(${JSON.stringify(home)}, ${JSON.stringify(scratch)});
guard.add(spawn(process.execPath, [${JSON.stringify(program)}], { detached: true, stdio: "ignore" }).pid);
setInterval(() => {}, 1e6);
`,
  );
  const testRun = spawn(process.execPath, [run], { stdio: "ignore" });
  await until("limactl is under way", () => existsSync(said) && readFileSync(said, "utf8") !== "");
  const limactlPid = Number(readFileSync(said, "utf8"));
  expect(isAlive(limactlPid)).toBe(true);
  testRun.kill("SIGKILL");
  await until("the folders are gone", () => !existsSync(home) && !existsSync(scratch));
  expect(isAlive(limactlPid)).toBe(false);
});
