/*
 * What an apply of 4 workers takes of its own: the wall time of `limaform apply --yes` in which no call of limactl was
 * under way, as a share of the whole. Calls that run at the same time count once, so what is taken away is exactly the
 * time that limactl takes on the critical path; the program's start, planning, journal, lock, checks and ssh stay.
 *
 * On the stand-in for Lima of the tests, whose calls are made to last as long as real ones do at least: a clone 1 s, a boot
 * 10 s (a cloud image takes longer, also under KVM), everything else 0.1 s. Its ssh answers at once. No code is pushed: how long
 * that takes is the repository's.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { median, row, secondsOf } from "./lib/figures.mjs";
import { LIMAFORM, ROOT, withScene } from "./lib/scene.mjs";

const FAKE = join(ROOT, "test/fixtures/fake-lima/bin");
const AT_MOST = 0.05;
const SECONDS = { clone: 1, boot: 10, other: 0.1 };

/** Notes when each call began and ended, in nanoseconds; its own sleep is part of the call. */
const limactl = (log) => `#!/bin/sh
began=$(date +%s%N)
case " $* " in
  *" clone "*) sleep ${SECONDS.clone} ;;
  *" start "*) ;;
  *) sleep ${SECONDS.other} ;;
esac
"${process.execPath}" "${FAKE}/limactl" "$@"
code=$?
echo "$began $(date +%s%N)" >> "${log}"
exit $code
`;

export const bench = {
  name: "apply",
  title: "apply of 4 workers: time without any call of limactl : the whole",
  async run({ quick }) {
    return withScene(
      { workers: 4, limactl: "", isRepository: false },
      async ({ env: given, folder, home, root, bin }) => {
        const log = join(folder, "calls");
        await writeFile(join(bin, "limactl"), limactl(log));
        const env = { ...given, PATH: `${bin}:${FAKE}:${given.PATH}` };
        await mkdir(join(home, "_fake"));
        await configure(home, 0);
        const limaform = (...words) => secondsOf([...LIMAFORM, ...words], { env, cwd: root });
        // The images, so that the apply that counts makes the 4 workers and nothing else.
        limaform("apply", "--yes");
        const shares = [];
        for (let round = 0; round <= (quick ? 0 : 2); round += 1) {
          await configure(home, 0);
          limaform("teardown", "--yes");
          await configure(home, SECONDS.boot * 1000);
          await writeFile(log, "");
          const whole = limaform("apply", "--yes");
          shares.push((whole - covered(await readFile(log, "utf8"))) / whole);
        }
        await configure(home, 0);
        limaform("destroy", "--yes");
        return [row("own time : the whole", median(shares), AT_MOST, "start, plan, journal, checks, ssh")];
      },
    );
  },
};

/** The fake's guests end with the process that is named here. */
const configure = (home, bootMs) =>
  writeFile(join(home, "_fake", "config.json"), JSON.stringify({ ownerPid: process.pid, bootMs }));

/** Seconds in which at least one call was under way. */
function covered(log) {
  const calls = log
    .trim()
    .split("\n")
    .map((line) => line.split(" ").map((text) => Number(BigInt(text) / 1000n)))
    .sort(([left], [right]) => left - right);
  let until = 0;
  let microseconds = 0;
  for (const [began, ended] of calls) {
    microseconds += Math.max(0, ended - Math.max(began, until));
    until = Math.max(until, ended);
  }
  return microseconds / 1e6;
}
