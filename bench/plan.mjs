/*
 * What `plan` takes beside what it cannot do without: one bulk listing by limactl, and the start of the program (measured
 * as `limaform validate`, which asks nobody). On instances of the real limactl that carry our marks and are held; nothing
 * boots: an ordinary small file stands for their image.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { inTurn, median, row, secondsOf } from "./lib/figures.mjs";
import { makeWorkers, WORKER_SOURCES } from "./lib/lima-workers.mjs";
import { LIMAFORM, withScene } from "./lib/scene.mjs";
import { load, withBundle } from "./lib/sources.mjs";

const COUNTS = [1, 10, 100, 500];
const AT_MOST = 1.3;

export const bench = {
  name: "plan",
  title: "limaform plan : (limactl list + start of the program)",
  async run({ quick }) {
    const sources = await withBundle(WORKER_SOURCES, load);
    const rows = [];
    for (const count of quick ? COUNTS.slice(0, 3) : COUNTS) {
      rows.push(await withScene({ workers: count, limactl: null }, (scene) => measure(scene, sources, count, quick)));
    }
    return rows;
  },
};

async function measure({ env, home, root }, sources, count, quick) {
  const options = { env, cwd: root };
  // This first plan would make all of them, which the host may be too small for: its document comes all the same.
  const [command, ...entry] = LIMAFORM;
  const { stdout } = spawnSync(command, [...entry, "plan", "--json"], { ...options, encoding: "utf8", maxBuffer: 1e9 });
  const { owner } = JSON.parse(stdout);
  await makeWorkers({ env, home }, sources, { owner, count, hold: "2026-11-01T00:00:00.000Z" });
  const listed = execFileSync("limactl", ["list", "-q"], { ...options, encoding: "utf8" })
    .trim()
    .split("\n").length;
  if (listed !== count) throw new Error(`limactl lists ${listed} instances instead of ${count}`);
  const things = {
    list: () => secondsOf(["limactl", "--tty=false", "list", "--format", "{{json .}}"], options),
    start: () => secondsOf([...LIMAFORM, "validate"], options),
    plan: () => secondsOf([...LIMAFORM, "plan"], options),
  };
  const { list, start, plan } = await inTurn(things, quick ? 3 : count > 100 ? 5 : 11);
  const found = median(plan.map((taken, round) => taken / (list[round] + start[round])));
  const share = median(list.map((taken, round) => taken / plan[round]));
  return row(`${count} held workers`, found, AT_MOST, `the listing alone is ${share.toFixed(2)} of plan`);
}
