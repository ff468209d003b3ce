import { RunError } from "../errors/errors.js";
import { quoteGuestPath, quoteWord, quoteWords } from "../util/shell-quote.js";

export interface RunCommand {
  readonly argv: readonly string[];
  /** Folder in the guest, `~` in front allowed. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The shell script that a run executes: variables, folder, command. It goes over standard input, never in an argument.
 *
 * Errors: RUN_COMMAND_INVALID for an empty command, a NUL, or a variable name that no shell accepts.
 */
export function renderCommandFile({ argv, cwd, env }: RunCommand): string {
  if (argv.length === 0) {
    throw new RunError("RUN_COMMAND_INVALID", "no command was given", { hint: "Name one: limaform run -- COMMAND" });
  }
  for (const text of [...argv, cwd, ...Object.values(env)]) refuseNul(text);
  const lines = [...exportLines(env), `cd -- ${quoteGuestPath(cwd)} || exit 126`, `exec ${quoteWords(argv)}`];
  return lines.map((line) => `${line}\n`).join("");
}

function exportLines(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(env)
    .sort()
    .map((name) => {
      if (/^[A-Za-z_][A-Za-z0-9_]*$/u.test(name)) return `export ${name}=${quoteWord(env[name] ?? "")}`;
      throw new RunError("RUN_COMMAND_INVALID", `"${name}" cannot be the name of an environment variable`, {
        hint: "Rename it in the spec (env.NAME): letters, digits and _",
      });
    });
}

/** Errors: RUN_COMMAND_INVALID. */
export function refuseNul(text: string): void {
  if (!text.includes("\0")) return;
  throw new RunError(
    "RUN_COMMAND_INVALID",
    "the command, a hook or a variable holds a NUL character, which no process can be given",
  );
}
