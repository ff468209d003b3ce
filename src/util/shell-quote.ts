/** One word for a POSIX shell that stands for exactly this text. Errors: TypeError for a NUL, which no process can be given. */
export function quoteWord(text: string): string {
  if (text.includes("\0")) throw new TypeError("a NUL character cannot be part of a command");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The line that runs an argument vector. */
export function quoteWords(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}

/** A path in a guest; `~` and `~/…` stand for the login's home and are left to the shell there. */
export function quoteGuestPath(path: string): string {
  if (path === "~") return '"$HOME"';
  return path.startsWith("~/") ? `"$HOME"/${quoteWord(path.slice(2))}` : quoteWord(path);
}
