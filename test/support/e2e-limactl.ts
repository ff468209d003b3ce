import { execFileSync } from "node:child_process";
import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/*
 * A `limactl` to stand first on the PATH: it writes down every call and runs the real one, but can be told to die in the
 * next `clone`, together with the limaform that called it, as a power cut would do it.
 */

/** What the cut-off clone leaves: a folder without `lima.yaml`, or one with the source's, in which nothing was edited. */
export type CloneCut = "no_config" | "unedited";

export interface WatchedLimactl {
  /** Folder to put first on the PATH. */
  readonly bin: string;
  /** Argument vectors of all calls since the last `forget`, each as one line. */
  calls(): Promise<readonly string[]>;
  forget(): Promise<void>;
  /** Arms one cut; it is spent by the next `clone`. */
  cutNextClone(cut: CloneCut): Promise<void>;
  isArmed(): Promise<boolean>;
}

export async function makeWatchedLimactl(folder: string): Promise<WatchedLimactl> {
  const [log, cut] = [join(folder, "calls.log"), join(folder, "cut")];
  const bin = join(folder, "bin");
  await mkdir(bin, { recursive: true });
  const real = execFileSync("sh", ["-c", "command -v limactl"], { encoding: "utf8" }).trim();
  await writeFile(join(bin, "limactl"), script({ real, log, cut }));
  await chmod(join(bin, "limactl"), 0o755);
  const textOf = (file: string): Promise<string> => readFile(file, "utf8").catch(absentAsEmpty);
  return {
    bin,
    calls: async () => (await textOf(log)).split("\n").filter((line) => line !== ""),
    forget: () => rm(log, { force: true }),
    cutNextClone: (kind) => writeFile(cut, kind),
    isArmed: async () => (await textOf(cut)) !== "",
  };
}

/** Calls that may change an instance. */
export function changing(calls: readonly string[]): readonly string[] {
  return calls.filter((line) => !/^--version$|^(--\S+ )*(list|info|template copy)( |$)/.test(line));
}

function absentAsEmpty(error: NodeJS.ErrnoException): string {
  if (error.code === "ENOENT") return "";
  throw error;
}

/** Positional arguments of `clone` are SOURCE and TARGET; flags are written `--name=value`. */
function script({ real, log, cut }: { readonly real: string; readonly log: string; readonly cut: string }): string {
  return `#!/bin/sh
echo "$*" >> '${log}'
verb= source= target=
for argument in "$@"; do
  case $argument in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$argument; elif [ -z "$source" ]; then source=$argument; elif [ -z "$target" ]; then target=$argument; fi ;;
  esac
done
if [ "$verb" = clone ] && [ -s '${cut}' ]; then
  kind=$(cat '${cut}')
  rm '${cut}'
  mkdir "$LIMA_HOME/$target"
  # Like Lima, which takes everything along but the protection.
  if [ "$kind" = unedited ]; then cp "$LIMA_HOME/$source"/* "$LIMA_HOME/$target/"; rm -f "$LIMA_HOME/$target/protected"; else cp "$LIMA_HOME/$source/disk" "$LIMA_HOME/$target/"; fi
  kill -9 "$PPID"
  kill -9 $$
fi
exec '${real}' "$@"
`;
}
