import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/*
 * A file system of its own whose size can be changed, without root: a tmpfs in a user namespace that a shell holds.
 * Programs enter it by `nsenter`; the test itself sees it through the shell's /proc entry.
 */

export interface SmallDisk {
  /** Words to put in front of a command that is to see the mount. */
  readonly enter: readonly string[];
  /** The same path as this process sees it. */
  outside(path: string): string;
  /** Leaves so much room, in KiB; null = plenty. */
  leave(kib: number | null): Promise<void>;
  close(): void;
}

const UNSHARE = ["unshare", "--map-current-user", "--mount", "--keep-caps"];
/** Reads lines of shell and answers each with its exit code. */
const SERVE = 'while read -r line; do sh -c "$line" >&2; echo "ended $?"; done';
/** Only what is written takes memory. */
const PLENTY = "64g";

/** Why there can be none here; null where there can. */
export function smallDiskMissing(): string | null {
  if (process.platform !== "linux") return "user namespaces are Linux's";
  const line = 'mkdir -p "$0" && mount -t tmpfs -o size=1m none "$0" && umount "$0" && rmdir "$0"';
  const [command = "", ...args] = [...UNSHARE, "sh", "-c", line, `/tmp/lfm.${process.pid}`];
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 ? null : (error?.message ?? stderr.trim());
}

/** A command that runs in a folder and sees the mount: program and arguments. */
export function onDisk({ enter }: SmallDisk, folder: string, argv: readonly string[]): [string, string[]] {
  const [program = "", ...args] = enter;
  return [program, [...args, "sh", "-c", 'cd "$0" && exec "$@"', folder, ...argv]];
}

/** Mounts over an empty folder. */
export async function makeSmallDisk(folder: string): Promise<SmallDisk> {
  const [command = "", ...args] = [...UNSHARE, "sh", "-c", SERVE];
  const holder = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const answers = createInterface({ input: holder.stdout });
  const shell = async (line: string): Promise<void> => {
    holder.stdin.write(`${line}\n`);
    const [answer] = await once(answers, "line");
    if (answer !== "ended 0") throw new Error(`${line}: ${answer}`);
  };
  await shell(`mount -t tmpfs -o size=${PLENTY},mode=700 none ${folder}`);
  return {
    enter: ["nsenter", `--target=${holder.pid}`, "--user", "--mount", "--preserve-credentials", "--wd=/", "--"],
    outside: (path) => `/proc/${holder.pid}/root${path}`,
    leave: (kib) =>
      shell(
        kib === null
          ? `mount -o remount,size=${PLENTY} ${folder}`
          : `mount -o remount,size=$(( $(df --output=used -k ${folder} | tail -n1) + ${kib} ))k ${folder}`,
      ),
    close: () => void holder.kill("SIGKILL"),
  };
}
