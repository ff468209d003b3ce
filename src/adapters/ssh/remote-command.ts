import type { GuestCommand } from "../../ports/guest.js";
import { quoteGuestPath, quoteWord, quoteWords } from "../../util/shell-quote.js";

/**
 * The one line that a guest's login shell runs for a command.
 *
 * Shape: exit code 255 of the command becomes 254, because 255 is ssh's own word for a broken connection. `~` in `cwd` is
 * the login's home, also with `asRoot`.
 */
export function remoteLine(command: Omit<GuestCommand, "stdin">): string {
  const env = Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const argv = env.length === 0 ? command.argv : ["env", ...env, ...command.argv];
  return `${placed(argv, command)}; s=$?; [ $s -eq 255 ] && s=254; exit $s`;
}

function placed(argv: readonly string[], { cwd, asRoot }: Omit<GuestCommand, "stdin">): string {
  const words = quoteWords(argv);
  if (asRoot !== true) return cwd === undefined ? words : `cd -- ${quoteGuestPath(cwd)} && ${words}`;
  if (cwd === undefined) return `sudo -n -- ${words}`;
  // The folder may be closed to the login itself: root goes there.
  return `sudo -n -- sh -c ${quoteWord('cd -- "$0" && exec "$@"')} ${quoteGuestPath(cwd)} ${words}`;
}

/** The line for a person: their login shell where no command is given. */
export function interactiveLine(argv: readonly string[], cwd: string | null): string {
  const words = argv.length === 0 ? '"$SHELL" -l' : quoteWords(argv);
  const place = cwd === null ? "" : `cd -- ${quoteGuestPath(cwd)} && `;
  return `${place}${words}; s=$?; [ $s -eq 255 ] && s=254; exit $s`;
}
