/*
 * How long the program takes to start, against `node -e 0` of the same Node.
 *
 * "Start" is from the call of the program to its end for commands that ask nobody (help, spec, errors of use), and to the
 * first call of limactl for those that ask Lima: there the stand-in for limactl ends the program that called it.
 */
import { inTurn, ratio, row, secondsOf } from "./lib/figures.mjs";
import { LIMAFORM, withScene } from "./lib/scene.mjs";

const ENDS_ITS_CALLER = "#!/bin/sh\nkill -KILL $PPID\n";
const FAST = 1.5;
const ANY = 3.3;

/** Command line, goal, what it ends with. */
const COMMANDS = [
  ["--version", FAST, 0],
  ["--help", FAST, 0],
  ["help plan", ANY, 0],
  ["completion bash", ANY, 0],
  ["validate", ANY, 0],
  ["config --json", ANY, 0],
  ["runs list", ANY, 0],
  ["trust", ANY, 0],
  ["unlock --yes", ANY, 0],
  ["logs", ANY, 1],
  ["runs show 20260101-000000-aaaa", ANY, 1],
  ["runs cancel 20260101-000000-aaaa", ANY, 1],
  ["results show 20260101-000000-aaaa", ANY, 1],
  ["plan --unknown", ANY, 64],
  ["unknown", ANY, 64],
  ["validate --config missing.toml", ANY, 1],
  ["results list", ANY, "SIGKILL"],
  ["list", ANY, "SIGKILL"],
  ["plan", ANY, "SIGKILL"],
  ["status", ANY, "SIGKILL"],
  ["drift", ANY, "SIGKILL"],
  ["apply --yes", ANY, "SIGKILL"],
  ["destroy --yes", ANY, "SIGKILL"],
  ["image show", ANY, "SIGKILL"],
  ["stop 1", ANY, "SIGKILL"],
  ["shell 1", ANY, "SIGKILL"],
  ["cp 1:x y", ANY, "SIGKILL"],
  ["ssh-config", ANY, "SIGKILL"],
  ["sync", ANY, "SIGKILL"],
  ["run -- true", ANY, "SIGKILL"],
  ["wait --for run-done", ANY, "SIGKILL"],
];

export const bench = {
  name: "start",
  title: "start of the program : node -e 0",
  async run({ quick }) {
    return withScene({ workers: 4, limactl: ENDS_ITS_CALLER }, async ({ env, root }) => {
      const floor = () => secondsOf([process.execPath, "-e", "0"], { env, cwd: root });
      const commands = COMMANDS.map(([line, , endsBy]) => [
        line,
        () => secondsOf([...LIMAFORM, ...line.split(" ")], { env, cwd: root, endsBy }),
      ]);
      const seconds = await inTurn({ floor, ...Object.fromEntries(commands) }, quick ? 5 : 25);
      return COMMANDS.map(([line, atMost, endsBy]) => {
        const remark = endsBy === "SIGKILL" ? "to the first call of limactl" : "";
        return row(`limaform ${line}`, ratio(seconds[line], seconds.floor), atMost, remark);
      });
    });
  },
};
