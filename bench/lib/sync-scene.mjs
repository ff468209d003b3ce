import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { secondsOf } from "./figures.mjs";

/** Ticks of the kernel's CPU times a second. */
const TICKS = 100;

/** Files of about 1 kB, a hundred in a folder; committed where there is a repository. */
export async function makeFiles(options, count) {
  const line = "a line of text that stands for code\n";
  for (let at = 0; at < count; at += 100) {
    const folder = join(options.cwd, "f", String(at / 100));
    await mkdir(folder, { recursive: true });
    const names = Array.from({ length: Math.min(100, count - at) }, (_, index) => index);
    await Promise.all(names.map((name) => writeFile(join(folder, `${name}.txt`), `${at + name}\n${line.repeat(28)}`)));
  }
  if (!(await readdir(options.cwd)).includes(".git")) return;
  for (const [key, value] of [
    ["user.name", "Bench"],
    ["user.email", "bench@example.org"],
    // It would go on in the background, in somebody's round.
    ["gc.auto", "0"],
  ])
    secondsOf(["git", "config", key, value], options);
  secondsOf(["git", "add", "-A"], options);
  secondsOf(["git", "commit", "-q", "-m", "files"], options);
}

/** Units: seconds of CPU that this process, all below it and all shared connections of the folder have used so far. */
export async function fleetCpuSeconds(folder) {
  const all = await processes();
  const ours = new Set([process.pid]);
  for (let before = 0; before !== ours.size; ) {
    before = ours.size;
    for (const { pid, parent, line } of all) if (ours.has(parent) || line.includes(folder)) ours.add(pid);
  }
  return all.reduce((sum, { pid, ticks }) => sum + (ours.has(pid) ? ticks : 0), 0) / TICKS;
}

/** CPU times of each process, those of its ended children too. Linux alone. */
export async function processes() {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/u.test(name));
  const found = await Promise.all(
    pids.map(async (name) => {
      // It may have ended meanwhile.
      const [stat, line] = await Promise.all(
        ["stat", "cmdline"].map((file) => readFile(`/proc/${name}/${file}`, "utf8").catch(() => "")),
      );
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const ticks = fields.slice(11, 15).reduce((sum, text) => sum + Number(text), 0);
      return { pid: Number(name), parent: Number(fields[1]), ticks, line: line.replaceAll("\0", " ") };
    }),
  );
  return found.filter(({ ticks }) => Number.isFinite(ticks));
}
