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

/** The same person as before, after root has made the scope: groups, home and search path of the login. */
const AS_BEFORE = [
  'exec sudo -n -E -- systemd-run --scope --quiet --collect --unit="$0" --',
  'setpriv --reuid="$(id -u)" --regid="$(id -g)" --init-groups',
  "env -u SUDO_COMMAND -u SUDO_USER -u SUDO_UID -u SUDO_GID",
  'HOME="$HOME" USER="$USER" LOGNAME="$LOGNAME" PATH="$PATH" "$@"',
].join(" ");

function inScope(argv: readonly string[], { unit, asRoot }: Omit<GuestCommand, "stdin">): readonly string[] {
  if (unit === undefined) return argv;
  return asRoot === true
    ? ["systemd-run", "--scope", "--quiet", "--collect", `--unit=${unit}`, "--", ...argv]
    : ["sh", "-c", AS_BEFORE, unit, ...argv];
}

function placed(given: readonly string[], command: Omit<GuestCommand, "stdin">): string {
  const { cwd, asRoot } = command;
  const words = quoteWords(inScope(given, command));
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
