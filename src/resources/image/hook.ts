import { GuestError } from "../../errors/errors.js";
import { objectOf, textOf, textOrNull } from "../inputs.js";
import { type BuildRunner, NO_BYTES } from "./build-step.js";
import { writeProgram } from "./guest-program.js";

/**
 * Runs a hook in the guest as its user.
 *
 * Errors: HOOK_FAILED with the exit code; those of the guest port.
 */
export const runHook: BuildRunner = async ({ guest }, { instance }, { inputs, timeoutMs }, { signal, log }) => {
  const name = textOf(inputs, "name");
  const text = textOf(inputs, "hook");
  const env = Object.fromEntries(Object.entries(objectOf(inputs, "env")).map(([key, value]) => [key, String(value)]));
  const options = { signal, timeoutMs };
  const path = `/tmp/limaform-hook-${name}`;
  const write = await writeProgram(guest, instance, { path, text }, options);
  if (write.exitCode !== 0) {
    log(write.stderr);
    throw failure(name, instance, "could not be written into the guest", write.exitCode);
  }
  const cwd = textOrNull(inputs, "cwd");
  const place = cwd === null ? {} : { cwd };
  const result = await guest.exec(instance, { argv: [path], env, ...place }, { ...options, onLine: log });
  await guest.exec(instance, { argv: ["rm", "-f", path] }, options);
  if (result.exitCode !== 0) throw failure(name, instance, `ended with exit code ${result.exitCode}`, result.exitCode);
  return { version: null, source: null, ...NO_BYTES };
};

function failure(name: string, instance: string, what: string, exitCode: number): GuestError {
  return new GuestError("HOOK_FAILED", `hooks.${name} ${what} on ${instance}`, {
    hint: `mend hooks.${name} in limaform.toml, then: limaform apply`,
    details: { hook: name, exitCode, instance },
  });
}
