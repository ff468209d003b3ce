/*
 * What all benches share. A figure is a ratio of two times that were taken in turn, in one run, by the same Node; a row
 * holds it against its goal. Times alone say something about a machine only and are never judged.
 */
import { spawnSync } from "node:child_process";

export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `found` and `atMost` are ratios; a row without a goal (null) is stated, not judged. */
export function row(name, found, atMost = null, remark = "") {
  return { name, found, atMost, isMet: atMost === null || found <= atMost, remark };
}

/** Seconds that a program takes from its start to its end, seen from outside. Its output is thrown away. */
export function secondsOf([command, ...args], { env, cwd, endsBy = 0 }) {
  const startedMs = performance.now();
  const { error, status, signal, stdout, stderr } = spawnSync(command, args, {
    env,
    cwd,
    encoding: "utf8",
    timeout: 600_000,
    // A listing of hundreds of instances is megabytes.
    maxBuffer: 1e9,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  if (error !== undefined) throw error;
  const ended = signal ?? status;
  if (![endsBy].flat().includes(ended))
    throw new Error(`${command} ${args.join(" ")} ended with ${ended}: ${stderr || stdout}`);
  return seconds;
}

/**
 * Takes the times of several things in turn, so that other load meets all of them, each round beginning with another one.
 * The first round warms caches and does not count.
 *
 * Shape: `things` are functions that return seconds; the result has each one's seconds by round.
 */
export async function inTurn(things, rounds) {
  const names = Object.keys(things);
  const seconds = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const from = round % names.length;
    for (const name of [...names.slice(from), ...names.slice(0, from)]) {
      const taken = await things[name]();
      if (round > 0) seconds[name].push(taken);
    }
  }
  return seconds;
}

/** Median of the rounds' own ratios: what slowed a whole round down is in both of its sides. */
export function ratio(seconds, floor) {
  return median(seconds.map((taken, round) => taken / floor[round]));
}

/** The table of one bench. */
export function table(rows) {
  const width = Math.max(...rows.map(({ name }) => name.length), 10);
  const lines = rows.map(({ name, found, atMost, isMet, remark }) => {
    const goal = atMost === null ? "-" : `≤ ${atMost}`;
    const verdict = atMost === null ? "" : isMet ? "met" : "MISSED";
    return `  ${name.padEnd(width)}  ${goal.padStart(7)}  ${found.toFixed(3).padStart(8)}  ${verdict.padEnd(6)}  ${remark}`.trimEnd();
  });
  return [`  ${"".padEnd(width)}  ${"goal".padStart(7)}  ${"found".padStart(8)}`, ...lines, ""].join("\n");
}
