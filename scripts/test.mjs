/*
 * Runs the levels of tests one after another and says how many tests of each ran. One that leaves a CPU idle goes on beside
 * those that need no VM; its output comes when it is over. A level that cannot run here is left out
 * with the reason; with CI=true that counts as a failure. What failed is named again below the levels, where the end of a
 * long log shows it. The last line is `N passed, N failed`.
 *
 * usage: node scripts/test.mjs [LEVEL…]      LEVEL: a name of below, or a project of vitest.config.ts
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
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

const VM = [isBuilt, hasLima, hasVmHost];
const IMAGES = "test/e2e/image.test.ts";

/**
 * What each level needs; the first reason that is not null leaves it out. `args`: which files of its project, and all of them
 * are in some level. `beside`: it begins with the level of that name, because the build of an image is one VM most of the time.
 */
const LEVELS = [
  { name: "unit", needs: [] },
  { name: "property", needs: [] },
  { name: "e2e-images", project: "e2e", args: [IMAGES], needs: VM, beside: "integration" },
  { name: "integration", needs: [isBuilt] },
  { name: "hostile", needs: [] },
  { name: "contract", needs: [isBuilt, hasLima] },
  { name: "e2e", args: ["--exclude", IMAGES], needs: VM },
].map((level) => ({ project: level.name, args: [], ...level }));

async function hasTests(project) {
  const folder = join(root, "test", project);
  if (!existsSync(folder)) return false;
  return (await readdir(folder, { recursive: true })).some((file) => file.endsWith(".test.ts"));
}

async function reasonToLeaveOut({ project, needs }) {
  if (!(await hasTests(project))) return "it has no tests";
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

/** `output`: file descriptor, or "inherit". */
async function runVitest({ name, project, args }, report, output) {
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const words = [vitest, "run", "--project", project, ...args, ...reporters];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd: root, stdio: ["inherit", output, output] });
    child.once("error", (error) => reject(new Error(`vitest of ${name} could not be started`, { cause: error })));
    child.once("exit", (exitCode, signal) => resolve(signal ?? exitCode));
  });
}

async function runLevel(level, folder, output = "inherit") {
  const startedMs = performance.now();
  const report = join(folder, `${level.name}.json`);
  const code = await runVitest(level, report, output);
  return {
    ...(await readReport(level.name, report, code)),
    seconds: Math.round((performance.now() - startedMs) / 1000),
  };
}

/** As above; what it prints is printed once it is over, by `tell`. */
async function runBeside(level, folder) {
  const file = join(folder, `${level.name}.log`);
  const descriptor = openSync(file, "a");
  try {
    const result = await runLevel(level, folder, descriptor);
    return { ...result, tell: async () => process.stdout.write(await readFile(file)) };
  } finally {
    closeSync(descriptor);
  }
}

async function readReport(level, report, code) {
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

async function main() {
  const wanted = process.argv.slice(2);
  const isNamed = (word, { name, project }) => word === name || word === project;
  const unknown = wanted.filter((word) => !LEVELS.some((level) => isNamed(word, level)));
  if (unknown.length > 0) {
    process.stderr.write(
      `no such level: ${unknown.join(", ")}; there are ${LEVELS.map(({ name }) => name).join(", ")}\n`,
    );
    return 64;
  }
  const folder = await mkdtemp(join(tmpdir(), "limaform-tests-"));
  const results = [];
  try {
    const chosen = [];
    for (const level of LEVELS) {
      if (wanted.length > 0 && !wanted.some((word) => isNamed(word, level))) continue;
      const reason = await reasonToLeaveOut(level);
      if (reason === null) chosen.push(level);
      else results.push({ level, reason });
    }
    results.push(...(await runAll(chosen, folder)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  results.sort((left, right) => LEVELS.indexOf(left.level) - LEVELS.indexOf(right.level));
  return summarize(results);
}

async function runAll(levels, folder) {
  const isBesideOne = ({ beside }) => levels.some(({ name }) => name === beside);
  const results = [];
  const going = [];
  const finishBeside = async () => {
    for (const { level, running } of going.splice(0)) {
      const result = await running;
      process.stdout.write(`\n${level.name}, which went on beside ${level.beside} and what came after it:\n`);
      await result.tell();
      results.push({ level, ...result });
    }
  };
  for (const level of levels.filter((one) => !isBesideOne(one))) {
    for (const one of levels.filter(({ beside }) => beside === level.name)) {
      const running = runBeside(one, folder);
      // Told to who joins it.
      running.catch(() => {});
      going.push({ level: one, running });
    }
    if (level.needs.includes(hasVmHost)) await finishBeside();
    results.push({ level, ...(await runLevel(level, folder)) });
  }
  await finishBeside();
  return results;
}

function summarize(results) {
  const lines = [];
  const allFailures = [];
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const { level, reason, passed, failed, skipped, failures, note, seconds } of results) {
    if (reason !== undefined) {
      lines.push(`${level.name.padEnd(12)} left out: ${reason}`);
      if (isCi) total.failed += 1;
      continue;
    }
    const text = `${passed + failed} ran, ${passed} passed, ${failed} failed, ${skipped} skipped`;
    lines.push(`${level.name.padEnd(12)} ${text} (${seconds} s)${note === "" ? "" : `: ${note}`}`);
    allFailures.push(...failures);
    total.passed += passed;
    total.failed += failed;
    total.skipped += skipped;
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
