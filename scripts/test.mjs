/*
 * Runs the levels of tests one after another and says how many tests of each ran. A level that cannot run here is left out
 * with the reason; with CI=true that counts as a failure. What failed is named again below the levels, where the end of a
 * long log shows it. The last line is `N passed, N failed`.
 *
 * usage: node scripts/test.mjs [LEVEL…]
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isCi = process.env.CI === "true" || process.env.CI === "1";

const answers = (command, ...args) => spawnSync(command, args, { stdio: "ignore", timeout: 20_000 }).status === 0;
const isBuilt = () => (existsSync(join(root, "dist/cli.js")) ? null : "dist/ is not built (make build)");
const hasLima = () => {
  if (process.getuid?.() === 0) return "Lima refuses root (make test runs this as another account)";
  return answers("limactl", "--version") ? null : "no limactl here (make setup)";
};
const hasVmHost = () => {
  if (!process.env.LF_BASE_IMAGE_TOML) return "no base image for real VMs (make setup)";
  const qemu = `qemu-system-${process.arch === "arm64" ? "aarch64" : "x86_64"}`;
  return process.platform === "darwin" || answers(qemu, "--version") ? null : `no ${qemu} here (make setup)`;
};

/** What each level needs; the first reason that is not null leaves it out. */
const LEVELS = [
  { name: "unit", needs: [] },
  { name: "property", needs: [] },
  { name: "integration", needs: [isBuilt] },
  { name: "hostile", needs: [] },
  { name: "contract", needs: [isBuilt, hasLima] },
  { name: "e2e", needs: [isBuilt, hasLima, hasVmHost] },
];

async function hasTests(level) {
  const folder = join(root, "test", level);
  if (!existsSync(folder)) return false;
  return (await readdir(folder, { recursive: true })).some((file) => file.endsWith(".test.ts"));
}

async function reasonToLeaveOut({ name, needs }) {
  if (!(await hasTests(name))) return "it has no tests";
  return needs.map((need) => need()).find((reason) => reason !== null) ?? null;
}

/** A line for each failed test, or file without any: level, file, name, and how its error begins. */
function failuresOf(level, testResults) {
  const line = (file, name, message = "") => {
    const firstLine = stripVTControlCharacters(message).split("\n", 1)[0];
    return `FAILED ${level} ${relative(root, file)}${name === "" ? "" : ` > ${name}`}: ${firstLine.slice(0, 200)}`;
  };
  return testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0) return file.status === "failed" ? [line(file.name, "", file.message)] : [];
    return failed.map(({ fullName, failureMessages }) => line(file.name, fullName, failureMessages[0]));
  });
}

async function runLevel(level, folder) {
  const report = join(folder, `${level}.json`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = ["run", "--project", level, "--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const code = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [vitest, ...args], { cwd: root, stdio: "inherit" });
    child.once("error", reject);
    child.once("exit", (exitCode, signal) => resolve(signal ?? exitCode));
  });
  if (!existsSync(report)) {
    return { passed: 0, failed: 1, skipped: 0, failures: [], note: `vitest ended with ${code} and no report` };
  }
  const result = JSON.parse(await readFile(report, "utf8"));
  const skipped = result.numPendingTests + (result.numTodoTests ?? 0);
  // A file that cannot even be loaded has no test that could fail.
  const unloaded = result.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  ).length;
  const failed = result.numFailedTests + unloaded;
  const isBroken = failed === 0 && (code !== 0 || !result.success);
  return {
    passed: result.numPassedTests,
    failed: failed + (isBroken ? 1 : 0),
    skipped,
    failures: failuresOf(level, result.testResults),
    note: isBroken ? `vitest ended with ${code}` : "",
  };
}

const seconds = (startedMs) => `${Math.round((performance.now() - startedMs) / 1000)} s`;

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => !LEVELS.some((level) => level.name === name));
  if (unknown.length > 0) {
    process.stderr.write(
      `no such level: ${unknown.join(", ")}; there are ${LEVELS.map(({ name }) => name).join(", ")}\n`,
    );
    return 64;
  }
  const folder = await mkdtemp(join(tmpdir(), "limaform-tests-"));
  const lines = [];
  const allFailures = [];
  const total = { passed: 0, failed: 0, skipped: 0 };
  try {
    for (const level of LEVELS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
      const reason = await reasonToLeaveOut(level);
      if (reason !== null) {
        lines.push(`${level.name.padEnd(12)} left out: ${reason}`);
        if (isCi) total.failed += 1;
        continue;
      }
      const startedMs = performance.now();
      const { passed, failed, skipped, failures, note } = await runLevel(level.name, folder);
      const text = `${passed + failed} ran, ${passed} passed, ${failed} failed, ${skipped} skipped`;
      lines.push(`${level.name.padEnd(12)} ${text} (${seconds(startedMs)})${note === "" ? "" : `: ${note}`}`);
      allFailures.push(...failures);
      total.passed += passed;
      total.failed += failed;
      total.skipped += skipped;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const skipped = total.skipped === 0 ? "" : `, ${total.skipped} skipped`;
  process.stdout.write(
    `\n${lines.join("\n")}\n${isCi ? "With CI=true a level that is left out counts as a failure.\n" : ""}`,
  );
  if (allFailures.length > 0) process.stdout.write(`${allFailures.join("\n")}\n`);
  process.stdout.write(`${total.passed} passed, ${total.failed} failed${skipped}\n`);
  return total.failed === 0 ? 0 : 1;
}

process.exitCode = await main();
