/* Effects: asks a guest where its code stands; reads the host's history. */
import type { Guest } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import { escapeLine } from "../../util/escape.js";
import { type Git, isObjectId } from "./git.js";
import { PRELUDE, scriptCommand } from "./guest-script.js";

/** Where a worker's code stands. Texts are the worker's, escaped. */
export interface CodeStand {
  /** Null when detached, and in files mode. */
  readonly branch: string | null;
  readonly head: string;
  /** Commits on top of what was brought last. */
  readonly ahead: number;
}

/** Arguments: path. Answer: `branch NAME` (empty = none), `head ID`, `ahead N`, `end`; nothing where there is no code. */
const STAND_SCRIPT = `${PRELUDE}
enter || exit 0
head=$(g rev-parse -q --verify 'HEAD^{commit}') || exit 0
base=$(g rev-parse -q --verify 'refs/limaform/base^{commit}')
printf 'branch %s\\nhead %s\\nahead %s\\nend\\n' "$([ -n "\${GIT_DIR:-}" ] || g symbolic-ref -q --short HEAD)" "$head" \\
  "$(g rev-list --count "$head" \${base:+"^$base"} --)"
`;

/** null where there is no code, or the answer is not of the agreed form. */
export async function readStand(
  guest: Guest,
  { instance, guestPath }: { readonly instance: string; readonly guestPath: string },
  options: CallOptions,
): Promise<CodeStand | null> {
  const { stdout, exitCode } = await guest.exec(instance, scriptCommand(STAND_SCRIPT, [guestPath]), options);
  const [, branch = "", head = "", ahead = ""] =
    /^branch (.*)\nhead (\S+)\nahead (\d{1,9})\nend\n?$/u.exec(stdout) ?? [];
  if (exitCode !== 0 || !isObjectId(head)) return null;
  return { branch: branch === "" ? null : escapeLine(branch).slice(0, 200), head, ahead: Number(ahead) };
}

/** How many commits of HEAD the commit lacks; null where that cannot be told (another history, a shallow clone). */
export async function countBehind(
  git: Git,
  root: string,
  commit: string,
  options: CallOptions,
): Promise<number | null> {
  if (!isObjectId(commit)) return null;
  const count = ["rev-list", "--count", "HEAD", `^${commit}`, "--"];
  const found = await git.inTree(root, count, { ...options, exitCodes: [0, 128] });
  const number = Number(found.stdout.trim());
  return found.exitCode === 0 && Number.isInteger(number) ? number : null;
}
