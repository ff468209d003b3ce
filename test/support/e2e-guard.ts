import { execFileSync, spawn } from "node:child_process";

/*
 * No VM outlives its test run, however that ends: a detached shell reads from a pipe that only this process holds, and
 * cleans up when it closes.
 */

const CLEAN_UP = `
trap '' INT TERM HUP
# Every line that comes is the id of a limaform.
started=
while read -r pid; do started="$started $pid"; done
at_work=
for pid in $started; do
  case $(ps -o command= -p "$pid") in *cli.js*) at_work="$at_work $pid" ;; esac
done
# A limactl that is starting a VM leads a group of its own, and does not name its home.
below=$(ps -axo pid=,ppid= | awk -v of="$at_work" '
  BEGIN { count = split(of, ids); for (i = 1; i <= count; i++) is[ids[i]] = 1 }
  { parent[$1] = $2 }
  END {
    do { more = 0; for (id in parent) if (!(id in is) && parent[id] in is) { is[id] = more = 1 } } while (more)
    for (id in is) print id
  }')
for pid in $at_work; do kill -9 -- "-$pid"; done
for pid in $below; do kill -9 "$pid" 2>/dev/null; done
of_home() { ps -axwwo pid=,stat=,command= | awk '$2 !~ /^Z/ && index($0, ENVIRON["E2E_HOME"] "/") { print $1 }'; }
# What was begun meanwhile too.
for look in 1 2 3; do
  for pid in $(of_home); do kill -9 "$pid" 2>/dev/null; done
  sleep 1
done
chmod -R u+rwX "$E2E_HOME" "$E2E_SCRATCH" 2>/dev/null
rm -rf "$E2E_HOME" "$E2E_SCRATCH"
`;

export interface Guard {
  /** A limaform that must end with this process: it leads a process group. */
  add(pid: number): void;
}

/** From now on `home` and `scratch` are removed, with all processes of `home`, when this process ends. */
export function guardFolders(home: string, scratch: string): Guard {
  const guard = spawn("/bin/sh", ["-c", CLEAN_UP], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    // Not in its arguments: it must not find itself.
    env: { PATH: process.env.PATH, E2E_HOME: home, E2E_SCRATCH: scratch },
  });
  guard.unref();
  // The pipe must not keep this process alive either; Node types it as a plain stream.
  (guard.stdin as unknown as { unref(): void }).unref();
  return { add: (pid) => void guard.stdin.write(`${pid}\n`) };
}

/** Processes whose command line names `home`; what waits only to be reaped does not count. Each as `PID COMMAND`. */
export function processesOf(home: string): readonly string[] {
  const table = execFileSync("ps", ["-axwwo", "pid=,stat=,command="], { encoding: "utf8", maxBuffer: 1 << 26 });
  return table
    .split("\n")
    .map((line) => /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line))
    .flatMap((found) => (found === null ? [] : [{ pid: found[1], state: found[2] ?? "", command: found[3] ?? "" }]))
    .filter(({ state, command }) => !state.startsWith("Z") && command.includes(`${home}/`))
    .map(({ pid, command }) => `${pid} ${command}`);
}

/** Ends all processes of `home`, by their ids. */
export function endProcessesOf(home: string): void {
  for (const line of processesOf(home)) end(Number(line.split(" ")[0]));
}

/** Ends a process, or with a negative id its group, at once; one that has ended meanwhile is no error. */
export function end(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
