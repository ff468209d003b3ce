/* Effects: asks a guest what it stands on, in one round and without a change. */
import type { Guest, GuestOptions } from "../../ports/guest.js";
import type { CodeStand } from "../../ports/runs.js";
import { isObjectId } from "./git.js";
import { PRELUDE, scriptCommand } from "./guest-script.js";
import { LOOK_INDEX } from "./look-index.js";

/**
 * Base, and what one `git status` says, of a repository or of a folder in files mode; nothing where there is neither. Of
 * the status the lines of its head and the first one after them are told: where there is one, something is changed.
 *
 * Arguments: path. Answer: `base ID`, `files N` (entries of the index, in files mode), lines of the status, `end`.
 */
export const LOOK_SCRIPT = `${PRELUDE}${LOOK_INDEX}
enter || exit 0
place=\${GIT_DIR:-.git} base=
[ ! -f "$place/refs/limaform/base" ] || read -r base < "$place/refs/limaform/base"
printf 'base %s\\n' "$base"
[ -z "\${GIT_DIR:-}" ] || printf 'files %s\\n' "$(od -A n -t u1 -j 8 -N 4 "$place/index" 2>/dev/null)"
own_index
g $remembering status --porcelain=v2 --branch --untracked-files=all | while IFS= read -r line; do
  printf '%s\\n' "$line"
  case $line in '# '*) ;; *) break ;; esac
done
echo end
`;

/** null: it has no code there, or does not say where it stands. */
export async function lookAtCode(
  guest: Guest,
  { instance, guestPath }: { readonly instance: string; readonly guestPath: string },
  options: GuestOptions,
): Promise<CodeStand | null> {
  const { exitCode, isCut, stdout } = await guest.exec(instance, scriptCommand(LOOK_SCRIPT, [guestPath]), options);
  return exitCode !== 0 || isCut ? null : readStand(stdout);
}

/** What the script said; null where it does not say where it stands. */
export function readStand(stdout: string): CodeStand | null {
  const lines = stdout.trimEnd().split("\n");
  if (lines.pop() !== "end") return null;
  const after = (word: string): string => lines.find((line) => line.startsWith(word))?.slice(word.length) ?? "";
  const [base, head, branch] = [after("base "), after("# branch.oid "), after("# branch.head ")];
  if (!isObjectId(base) || !isObjectId(head) || branch === "") return null;
  return {
    ...{ base, head, branch: branch === "(detached)" ? null : branch, files: bigEndian(after("files ")) },
    isClean: lines.every((line) => /^(?:base|files|#) /u.test(line)),
  };
}

/** Of four bytes in decimal, as `od` prints them. */
const bigEndian = (bytes: string): number =>
  bytes
    .trim()
    .split(/\s+/u)
    .reduce((sum, byte) => sum * 256 + Number(byte), 0);
