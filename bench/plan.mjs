/*
 * What `plan` takes beside what it cannot do without: one bulk listing by limactl, and the start of the program (measured
 * as `limaform validate`, which asks nobody). On instances of the real limactl that carry our marks and are held; nothing
 * boots: an ordinary small file stands for their image.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inTurn, median, row, secondsOf } from "./lib/figures.mjs";
import { LIMAFORM, withScene } from "./lib/scene.mjs";
import { load, withBundle } from "./lib/sources.mjs";

const SOURCES = `
  export { encodeMarks } from "./src/record/marks-codec.ts";
  export { renderTemplate } from "./src/resources/image/template.ts";
`;
const COUNTS = [1, 10, 100, 500];
const AT_MOST = 1.3;
const MIB = 1024 ** 2;
const ARCH = process.arch === "arm64" ? "aarch64" : "x86_64";

export const bench = {
  name: "plan",
  title: "limaform plan : (limactl list + start of the program)",
  async run({ quick }) {
    const sources = await withBundle(SOURCES, load);
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
  await makeWorkers({ env, home }, sources, { owner, count });
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

/** One by limactl itself, the others as copies of its folder under their own names and marks, as a clone would have them. */
async function makeWorkers({ env, home }, { encodeMarks, renderTemplate }, { owner, count }) {
  const params = (slot) =>
    encodeMarks({
      ...{ format: 1, project: "bench", owner, role: "worker", address: `worker.default[${slot}]`, slot },
      ...{ name: `bench-worker-${slot}`, revision: "ab".repeat(32), image: "bench-golden-abababab", sealed: "" },
      ...{ hold: "2026-11-01T00:00:00.000Z", applied: { cpus: 1, memoryBytes: 512 * MIB, diskBytes: 16 * MIB } },
    });
  const template = (slot) =>
    renderTemplate({
      params: params(slot),
      entry: { location: "/etc/profile", arch: ARCH, digest: null, kernel: null, initrd: null, cmdline: null },
      ...{ vmType: "qemu", cpus: 1, memoryBytes: 512 * MIB, diskBytes: 16 * MIB, user: "agent" },
    });
  const create = ["--tty=false", "create", "--name=bench-worker-1", "-"];
  execFileSync("limactl", create, { env, cwd: "/", input: template(1), stdio: ["pipe", "ignore", "pipe"] });
  const first = join(home, "bench-worker-1");
  const text = await readFile(join(first, "lima.yaml"), "utf8");
  for (let slot = 2; slot <= count; slot += 1) {
    const unfinished = join(home, `.bench-worker-${slot}`);
    await cp(first, unfinished, { recursive: true });
    const own = text
      .replaceAll("bench-worker-1", `bench-worker-${slot}`)
      .replaceAll("worker.default[1]", `worker.default[${slot}]`)
      .replace(/(limaform_slot: *["']?)1\b/, `$1${slot}`);
    await writeFile(join(unfinished, "lima.yaml"), own);
    await rename(unfinished, join(home, `bench-worker-${slot}`));
  }
}
