/*
 * What `limaform run` adds to the time up to an agent's first event.
 *
 * On the stand-in for Lima of the tests: its guests are folders of this machine and its ssh is a program of Node that starts
 * anew at each call, so a call costs more than one over a warm connection does, on both sides. The agent is a script that
 * says its first event after FIRST_EVENT seconds, as a program that starts, reads its settings and asks its model does; the
 * real ones were not timed here.
 */
import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withFleet } from "./lib/fake-fleet.mjs";
import { inTurn, ratio, row } from "./lib/figures.mjs";
import { LIMAFORM } from "./lib/scene.mjs";

const FIRST_EVENT = 3;
const AT_MOST = 1.2;

const CLAUDE = `#!/bin/sh
sleep ${FIRST_EVENT}
echo '{"type":"system","subtype":"init","session_id":"b","model":"m","tools":[]}'
echo '{"type":"result","subtype":"success","is_error":false,"result":"ok","session_id":"b","permission_denials":[]}'
`;

export const bench = {
  name: "run",
  title: "run to the agent's first event : a bare ssh of the agent",
  run: ({ quick }) => withFleet({ workers: 1, claude: CLAUDE }, (scene) => firstEvent(scene, quick ? 3 : 10)),
};

/** Up to the first byte that the agent said, on this side: of a run in the file that is kept of it. */
async function firstEvent({ home, options }, rounds) {
  // The stand-in for ssh knows the guest by the folder that its configuration lies in.
  const config = join(home, "bench-worker-1", "bench.config");
  const text = await textOf([...LIMAFORM, "ssh-config"], options);
  await writeFile(config, text);
  const host = /^Host (\S+)/mu.exec(text)?.[1];
  if (host === undefined) throw new Error(`no host in:\n${text}`);
  const runs = join(home, "_limaform", "bench", "runs");
  const seconds = await inTurn(
    {
      bare: () => toFirstByte(["ssh", "-F", config, host, "claude -p --output-format stream-json -- x"], options),
      run() {
        const before = new Set(existsSync(runs) ? readdirSync(runs) : []);
        const isSaid = () =>
          existsSync(runs) &&
          readdirSync(runs).some((run) => !before.has(run) && sizeOf(join(runs, run, "1/stdout.log")) > 0);
        return toFirstByte([...LIMAFORM, "run", "x", "--agent", "claude", "--quiet"], options, isSaid);
      },
    },
    rounds,
  );
  const remark = `agent says its first event after ${FIRST_EVENT} s; no warm connection, a Node each call`;
  return [row("run to the first event : bare ssh", ratio(seconds.run, seconds.bare), AT_MOST, remark)];
}

/** Seconds to the first byte on stdout, or until `isSaid`; then waits for the end. */
async function toFirstByte([command, ...args], options, isSaid = null) {
  const startedMs = performance.now();
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  let seconds = null;
  const note = () => {
    seconds ??= (performance.now() - startedMs) / 1000;
  };
  child.stdout.on("data", () => isSaid === null && note());
  while (seconds === null && child.exitCode === null) {
    if (isSaid?.()) note();
    await sleep(10);
  }
  const code = await ended;
  if (code !== 0 || seconds === null)
    throw new Error(`${command} ${args.join(" ")} ended with ${code}, first byte: ${seconds}`);
  return seconds;
}

const sizeOf = (file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;

async function textOf([command, ...args], options) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const piece of child.stdout.setEncoding("utf8")) text += piece;
  return text;
}
