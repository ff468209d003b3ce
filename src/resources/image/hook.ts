import { GuestError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { DriverContext } from "../kind.js";

export interface HookRun {
  readonly instance: string;
  /** Key of the spec without `hooks.`. */
  readonly name: string;
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Null = the guest user's home. */
  readonly cwd: string | null;
  readonly timeoutMs: number;
}

const TAIL_LINES = 20;

/**
 * Runs a hook in the guest as its user, from a file, so that its standard input is empty and a `#!` line counts.
 * Without one it is bash that stops at the first failing command.
 *
 * Errors: HOOK_FAILED with the exit code and the last lines; those of the guest port.
 */
export async function runHook(guest: Guest, run: HookRun, { signal, log, report }: DriverContext): Promise<void> {
  const options = { signal, timeoutMs: run.timeoutMs };
  const path = `/tmp/limaform-hook-${run.name}`;
  const script = run.script.startsWith("#!") ? run.script : `#!/usr/bin/env bash\nset -euo pipefail\n${run.script}`;
  const write = await guest.exec(
    run.instance,
    { argv: ["sh", "-c", 'umask 077 && cat > "$1" && chmod 700 "$1"', "sh", path], stdin: `${script}\n` },
    options,
  );
  if (write.exitCode !== 0) throw failure(run, "could not be written into the guest", write.exitCode, [write.stderr]);
  const tail: string[] = [];
  const onLine = (line: string) => {
    log(line);
    report(line);
    tail.push(line);
    if (tail.length > TAIL_LINES) tail.shift();
  };
  const cwd = run.cwd === null ? {} : { cwd: run.cwd };
  const result = await guest.exec(run.instance, { argv: [path], env: run.env, ...cwd }, { ...options, onLine });
  await guest.exec(run.instance, { argv: ["rm", "-f", path] }, options);
  if (result.exitCode !== 0) throw failure(run, `ended with exit code ${result.exitCode}`, result.exitCode, tail);
}

function failure(run: HookRun, what: string, exitCode: number, tail: readonly string[]): GuestError {
  const lines = tail.map((line) => `    ${line}`).join("\n");
  return new GuestError(
    "HOOK_FAILED",
    `hooks.${run.name} ${what} on ${run.instance}${lines === "" ? "" : `\n${lines}`}`,
    {
      hint: `mend hooks.${run.name} in limaform.toml, then: limaform apply`,
      details: { hook: run.name, exitCode, instance: run.instance },
    },
  );
}
