/* Effects: reads variables and files of the user, runs the commands that the user trusts, for the values of secrets. */
import { RunError } from "../../errors/errors.js";
import type { CallOptions } from "../../ports/instances.js";
import type { Secret, SecretSource, Secrets } from "../../ports/secrets.js";
import { SHORTEST_SECRET } from "../../util/secret-forms.js";
import { quoteWords } from "../../util/shell-quote.js";
import { isSuccess, run } from "../process/run.js";
import { readIfThere } from "./files.js";

const COMMAND_LIMIT_MS = 60_000;
/** An argument or variable of a process can be no longer. Units: bytes. */
const LONGEST_SECRET = 96 * 1024;

/** What stands for bytes that are no UTF-8 once they were read. */
const REPLACED = "\u{fffd}";

export interface SecretParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where commands run: the folder of the spec. */
  readonly cwd: string;
}

/** Source: design page §8 and decision 11. */
export function createSecrets(parts: SecretParts): Secrets {
  return {
    async resolve(sources, options) {
      const found: Secret[] = [];
      const missing: string[] = [];
      for (const source of sources) {
        const value = await read(parts, source, options);
        if (value === null || value.trim() === "") missing.push(whereOf(source));
        else found.push({ name: source.name, value: checked(source, value) });
      }
      if (missing.length > 0) {
        throw new RunError("RUN_SECRET_MISSING", `nothing is there for ${missing.join("; ")}`, {
          hint: "set it in your shell before the run, or change secrets in limaform.toml",
        });
      }
      return found;
    },
  };
}

function read(parts: SecretParts, source: SecretSource, options: CallOptions): Promise<string | null> {
  if ("env" in source) return Promise.resolve(parts.env[source.env] ?? null);
  if ("file" in source) return readIfThere(source.file).then((text) => (text === null ? null : withoutEnd(text)));
  return runCommand(parts, source, options);
}

/** What it prints on standard error may hold the secret too, so nothing of its output is ever told. */
async function runCommand(
  { env, cwd }: SecretParts,
  source: Extract<SecretSource, { command: readonly string[] }>,
  { signal, timeoutMs }: CallOptions,
): Promise<string> {
  const [command = "", ...args] = source.command;
  const { stdout } = await run({
    command,
    args,
    cwd,
    env: Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    timeoutMs: Math.min(timeoutMs, COMMAND_LIMIT_MS),
    signal,
    maxOutputBytes: 2 * LONGEST_SECRET,
    classify(outcome) {
      if (isSuccess(outcome)) return null;
      const why = outcome.isTimedOut
        ? `it took longer than ${COMMAND_LIMIT_MS / 1000} s`
        : outcome.startError !== null
          ? `it cannot be started (${outcome.startError})`
          : `it ended with ${outcome.exitCode ?? outcome.signalName}`;
      return new RunError("RUN_SECRET_MISSING", `the command of secrets.${source.name} gave nothing: ${why}`, {
        hint: `try it: ${quoteWords(source.command)}`,
      });
    },
  });
  return withoutEnd(stdout);
}

const withoutEnd = (text: string): string => text.replace(/\r?\n$/u, "");

function checked(source: SecretSource, value: string): string {
  const why =
    value.trim().length < SHORTEST_SECRET
      ? `is shorter than ${SHORTEST_SECRET} characters, so it could not be told from ordinary text`
      : Buffer.byteLength(value) > LONGEST_SECRET
        ? `is longer than ${LONGEST_SECRET / 1024} KiB`
        : value.includes("\0")
          ? "holds a NUL character"
          : value.includes(REPLACED)
            ? "is no text (UTF-8)"
            : null;
  if (why === null) return value;
  throw new RunError("RUN_SECRET_INVALID", `the value of ${whereOf(source)} ${why}`, {
    hint: "what is public belongs into env.NAME of limaform.toml",
  });
}

function whereOf(source: SecretSource): string {
  const from = "env" in source ? `variable ${source.env}` : "file" in source ? source.file : "its command";
  return `secrets.${source.name} (${from})`;
}
