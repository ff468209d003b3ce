/* watch-back: how soon a small change is here, and what it costs while nothing happens. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median, row, secondsOf } from "./figures.mjs";
import { LIMAFORM } from "./scene.mjs";
import { processes } from "./sync-scene.mjs";

const GOAL = { latencySeconds: 1, idleShare: 0.01 };
const POLL_MS = 5;

export async function idleAndLatency(scene, quick) {
  const { options, ssh } = scene;
  const transport = () => secondsOf([...ssh(1), "true"], options);
  transport();
  const live = await watching(scene, ["--live", "--interval", "600s"], async (pid) => {
    const idle = await idleShare(pid, scene.folder, quick ? 10_000 : 60_000);
    const delays = [];
    for (let round = 0; round < (quick ? 5 : 20); round += 1) delays.push((await delay(scene, round)) - transport());
    return { idle, delays };
  });
  const polling = await watching(scene, [], (pid) => idleShare(pid, scene.folder, quick ? 35_000 : 120_000));
  const worst = Math.max(...live.delays).toFixed(2);
  return [
    row(
      "watch-back --live: a small change here, seconds above ssh",
      median(live.delays),
      GOAL.latencySeconds,
      `worst ${worst}`,
    ),
    row("watch-back --live, idle: share of one CPU on the host", live.idle, GOAL.idleShare),
    row("watch-back, idle: share of one CPU on the host", polling, GOAL.idleShare, "the default interval, 30 s"),
  ];
}

async function watching({ options, folder }, more, use) {
  const events = join(folder, `events-${more.length}`);
  const [command, ...entry] = LIMAFORM;
  const child = spawn(command, [...entry, "watch-back", "1", ".", "--events", events, ...more], {
    ...options,
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    await until(() => existsSync(events) && readFileSync(events, "utf8").includes("back.idle"));
    // The worker's watcher has its first listing by then.
    await sleep(2_000);
    return await use(child.pid);
  } finally {
    child.kill("SIGINT");
    await ended;
  }
}

/** The worker's home is a folder of this machine: the change is made in it directly, with no call that takes time. */
async function delay({ root, guests }, round) {
  const text = `${round} ${performance.now()}\n`;
  const here = join(root, "f/0/1.txt");
  await writeFile(join(guests[1], "bench/f/0/1.txt"), text);
  const startedMs = performance.now();
  await until(() => readFileSync(here, "utf8") === text);
  const taken = (performance.now() - startedMs) / 1000;
  // Not in step with the watcher's own pauses.
  await sleep(700 + ((round * 137) % 500));
  return taken;
}

/** Of limaform, what it started and its shared connections; what runs in the worker is not the host's. */
async function idleShare(pid, folder, milliseconds) {
  const before = await hostTicks(pid, folder);
  await sleep(milliseconds);
  const after = await hostTicks(pid, folder);
  return ((after - before) * 10) / milliseconds;
}

/** Units: hundredths of a second of CPU. */
export async function hostTicks(top, folder) {
  const all = await processes();
  const ours = new Set([top]);
  for (let before = 0; before !== ours.size; ) {
    before = ours.size;
    for (const { pid, parent, line } of all)
      if (ours.has(parent) || (line.startsWith("ssh") && line.includes(`${folder}/run/limaform`))) ours.add(pid);
  }
  return all.reduce((sum, { pid, ticks }) => sum + (ours.has(pid) ? ticks : 0), 0);
}

export async function until(isSo, limitMs = 60_000) {
  const endMs = performance.now() + limitMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`it did not come about within ${limitMs / 1000} s`);
    await sleep(POLL_MS);
  }
}
