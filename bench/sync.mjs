/*
 * Code into workers and files out of them, beside what git, rsync and ssh alone take. The workers are folders of this
 * machine behind a real sshd, so the CPU of both ends is in all figures, the floors' too.
 */
import { writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { inTurn, median, row, secondsOf } from "./lib/figures.mjs";
import { LIMAFORM } from "./lib/scene.mjs";
import { withSshFleet } from "./lib/ssh-fleet.mjs";
import { fleetCpuSeconds, makeFiles } from "./lib/sync-scene.mjs";
import { idleAndLatency } from "./lib/watching.mjs";

const AT_MOST = { push: 1.1, fanOut: 1.15 };
const FILES = [1_000, 10_000, 100_000];
const WORKERS = 8;

export const bench = {
  name: "sync",
  title: "sync : (git status + git push, or rsync, over a warm connection + start of the program); watch-back",
  async run({ quick }) {
    const rows = [];
    for (const files of quick ? FILES.slice(0, 2) : FILES) rows.push(...(await ofRepository(files, quick)));
    rows.push(...(await ofFolder(FILES[1], quick)), ...(await ofMany(quick)), ...(await ofWatch(quick)));
    return rows;
  },
};

const start = ({ options }) => ({ start: () => secondsOf([...LIMAFORM, "validate"], options) });
const sync = ({ options }, ...more) => secondsOf([...LIMAFORM, "sync", ...more], options);
const roundsOf = (quick, files) => (quick ? 3 : files > 10_000 ? 5 : 11);

/** A push of nothing, and of one changed file. */
function ofRepository(files, quick) {
  return withSshFleet({ workers: 1, prepare: (options) => makeFiles(options, files) }, async (scene) => {
    const { options, root } = scene;
    const floor = await floorRepository(scene);
    const first = sync(scene);
    const floors = {
      status: () => secondsOf(["git", "status", "--porcelain"], options),
      push: () => secondsOf(["git", "push", "-q", floor.url, "HEAD:main"], floor.options),
      ...start(scene),
    };
    let count = 0;
    const changed = async (thing) => {
      await writeFile(join(root, "f/0/0.txt"), `changed ${++count}\n`);
      secondsOf(["git", "commit", "-q", "-a", "-m", "change"], options);
      return thing();
    };
    const same = await inTurn({ ...floors, sync: () => sync(scene) }, roundsOf(quick, files));
    const one = { ...floors, push: () => changed(floors.push), sync: () => changed(() => sync(scene)) };
    const changes = await inTurn(one, roundsOf(quick, files));
    const name = `${files} files`;
    return [
      row(`${name}, no change : status + push + start`, overAll(same), AT_MOST.push, parts(same)),
      row(`${name}, one changed : status + push + start`, overAll(changes), null, parts(changes)),
      row(`${name}, first push, seconds`, first, null, "a whole checkout in the worker"),
    ];
  });
}

/** Files mode: no repository on the host. */
function ofFolder(files, quick) {
  const prepare = (options) => makeFiles(options, files);
  return withSshFleet({ workers: 1, isRepository: false, prepare }, async (scene) => {
    const { options, ssh } = scene;
    const [host, ...words] = ssh(1).toReversed();
    const shell = words.toReversed().join(" ");
    const flags = ["-rlpt", "--no-inc-recursive", "--delete-delay", "-e", shell, "./", `${host}:floor/`];
    const rsync = () => secondsOf(["rsync", ...flags], options);
    rsync();
    sync(scene);
    const same = await inTurn({ rsync, ...start(scene), sync: () => sync(scene) }, roundsOf(quick, files));
    return [row(`${files} files without git, no change : rsync + start`, overAll(same), AT_MOST.push, parts(same))];
  });
}

/** One commit to eight workers, against the CPU of all processes that one worker's push takes, spread over all cores. */
function ofMany(quick) {
  const prepare = (options) => makeFiles(options, FILES[0]);
  return withSshFleet({ workers: WORKERS, prepare }, async (scene) => {
    sync(scene);
    const commit = async () => {
      await writeFile(join(scene.root, "f/0/0.txt"), `${performance.now()}\n`);
      secondsOf(["git", "commit", "-q", "-a", "-m", "change"], scene.options);
    };
    const things = {
      async cpu() {
        await commit();
        const before = await fleetCpuSeconds(scene.folder);
        sync(scene, "1");
        return (await fleetCpuSeconds(scene.folder)) - before;
      },
      async all() {
        await commit();
        return sync(scene);
      },
    };
    const { cpu, all } = await inTurn(things, roundsOf(quick, 0));
    const found = median(all.map((taken, round) => taken / ((WORKERS * cpu[round]) / cpus().length)));
    const remark = `CPU of one ${median(cpu).toFixed(2)} s, ${cpus().length} cores, all ${median(all).toFixed(2)} s`;
    return [row(`${WORKERS} workers, one commit : 8 × CPU of one ÷ cores`, found, AT_MOST.fanOut, remark)];
  });
}

const ofWatch = (quick) =>
  withSshFleet({ workers: 1, prepare: (options) => makeFiles(options, FILES[0]) }, (scene) => {
    sync(scene);
    return idleAndLatency(scene, quick);
  });

/** A repository in the worker's home that git pushes to by itself, over the bench's own connection. */
async function floorRepository({ options, ssh, guests }) {
  const words = ssh(1);
  const floor = join(guests[1], "floor");
  const { env } = options;
  secondsOf(["git", "clone", "-q", "--no-hardlinks", ".", floor], options);
  secondsOf(["git", "-C", floor, "config", "receive.denyCurrentBranch", "updateInstead"], options);
  const withSsh = { ...env, GIT_SSH_COMMAND: words.slice(0, -1).join(" "), GIT_SSH_VARIANT: "ssh" };
  return { url: `${words.at(-1)}:floor`, options: { ...options, env: withSsh } };
}

/** Median of sync over the sum of the others, round by round. */
function overAll({ sync: taken, ...floors }) {
  return median(taken.map((seconds, round) => seconds / Object.values(floors).reduce((sum, of) => sum + of[round], 0)));
}

const parts = (seconds) =>
  Object.entries(seconds)
    .map(([name, taken]) => `${name} ${Math.round(median(taken) * 1000)}`)
    .join(", ")
    .concat(" ms");
