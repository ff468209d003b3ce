/*
 * What it costs this host to follow many workers at once, each with a command that says a line every two seconds. The workers
 * are folders of this machine behind a real sshd, and what runs in them is on the same cores; it is not in the figures.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { row } from "./lib/figures.mjs";
import { LIMAFORM } from "./lib/scene.mjs";
import { withSshFleet } from "./lib/ssh-fleet.mjs";
import { hostTicks, until } from "./lib/watching.mjs";

const WORKERS = 50;
/** Ends with the fleet, whose folder it stands in. */
const SAYS = 'at=0; while [ -e "$HOME" ]; do at=$((at + 1)); echo "line $at"; sleep 2; done';
const START_LIMIT_MS = 15 * 60_000;

export const bench = {
  name: "follow",
  title: `${WORKERS} workers followed at once: CPU and memory of limaform and its children`,
  run: ({ quick }) =>
    withSshFleet({ workers: WORKERS }, (scene) => (quick ? following(scene, 30_000) : following(scene, 120_000))),
};

async function following({ options, folder, home }, milliseconds) {
  const [command, ...entry] = LIMAFORM;
  const start = [...entry, "run", "--detach", "--parallel", "4", "--json", "--", "sh", "-c", SAYS];
  const { stdout, stderr } = spawnSync(command, start, { ...options, encoding: "utf8", timeout: START_LIMIT_MS });
  if (stdout === "") throw new Error(`the run did not start: ${stderr}`);
  const { run } = JSON.parse(stdout);
  const logs = Array.from({ length: WORKERS }, (_, at) =>
    join(home, "_limaform/bench/runs", run, `${at + 1}/stdout.log`),
  );
  const lines = () =>
    logs.reduce((sum, log) => sum + (existsSync(log) ? readFileSync(log, "utf8").split("\n").length - 1 : 0), 0);
  const child = spawn(command, [...entry, "runs", "attach", run, "--quiet"], { ...options, stdio: "ignore" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await until(() => logs.every((log) => existsSync(log)), START_LIMIT_MS);
    const [ticks, said, startedMs] = [await hostTicks(child.pid, folder), lines(), performance.now()];
    await sleep(milliseconds);
    const seconds = (performance.now() - startedMs) / 1000;
    const share = ((await hostTicks(child.pid, folder)) - ticks) / 100 / seconds;
    const rate = ((lines() - said) / seconds / WORKERS).toFixed(2);
    return [
      row(
        "share of one CPU, limaform, its ssh and its connections",
        share,
        null,
        `${rate} lines a second of each came`,
      ),
      row("memory of limaform, peak, MiB", peakOf(child.pid), null),
    ];
  } finally {
    child.kill("SIGINT");
    await ended;
  }
}

function peakOf(pid) {
  const kib = /^VmHWM:\s+(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1024;
}
