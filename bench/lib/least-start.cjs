/*
 * The least that a program in Node has to do for a run: one ssh with the script that starts the unit, then wait for its first
 * byte. No spec, no lease, no look at the code, no record, no argument is read. What it prints first is the agent's.
 *
 * usage: node least-start.cjs FILE      FILE: JSON with `ssh` (words), `remote` (its command) and `files` (its input)
 */
const { spawn } = require("node:child_process");
const { readFileSync } = require("node:fs");

const { ssh, remote, files } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const run = `20260101-000000-${(process.pid % 65_536).toString(16).padStart(4, "0")}`;
const named = (text) => text.replaceAll("RUN-ID", run);
const child = spawn(ssh[0], [...ssh.slice(1), named(remote)], { stdio: ["pipe", "pipe", "inherit"] });
child.stdin.end(named(files));
let left = "started\n".length;
child.stdout.on("data", (chunk) => {
  process.stdout.write(chunk.subarray(Math.min(left, chunk.length)));
  left = Math.max(0, left - chunk.length);
});
child.on("close", (code) => {
  process.exitCode = code ?? 1;
});
