import { escapeLine } from "../../../util/escape.js";
import { textOf, textOrNull } from "../../inputs.js";
import { type BuildRunner, NO_BYTES } from "../build-step.js";
import { writeProgram } from "../guest-program.js";
import { checkFailed } from "./check.js";
import { type GuestWork, installFailed, runLogged } from "./guest-work.js";

/**
 * `tools.custom.NAME` and `agents.NAME`: the spec's own script and probe, as the guest's user, with `VERSION` in their
 * environment. The probe's first word that looks like a version is noted; with a version in the spec it must be there.
 */
export const runCustom: BuildRunner = async (ports, { instance }, { title, inputs, timeoutMs }, context) => {
  const key = textOf(inputs, "key");
  const work: GuestWork = { ports, instance, timeoutMs, context, title, key };
  const version = textOrNull(inputs, "version");
  const install = textOrNull(inputs, "install");
  if (install !== null) {
    const { exitCode } = await runScript(work, install, version);
    if (exitCode !== 0) throw installFailed({ ...work, key: `${key}.install` }, `${key}.install`, exitCode);
  }
  const check = textOrNull(inputs, "check");
  if (check === null) return { version, source: null, ...NO_BYTES };
  const { exitCode, stdout } = await runScript(work, check, version);
  if (exitCode !== 0) throw checkFailed({ ...work, key: `${key}.check` }, `its check ended with exit code ${exitCode}`);
  if (version !== null && !stdout.includes(version)) {
    throw checkFailed({ ...work, key: `${key}.version` }, `its check does not say ${escapeLine(version)}`);
  }
  const told = /(?<![\d.])\d+(?:\.\d+)+[A-Za-z0-9.+-]*/u.exec(stdout)?.[0] ?? null;
  return { version: version ?? told, source: null, ...NO_BYTES };
};

async function runScript(work: GuestWork, text: string, version: string | null) {
  const { ports, instance, timeoutMs, context, key } = work;
  const options = { signal: context.signal, timeoutMs };
  const path = `/tmp/limaform-${key}`;
  const made = await writeProgram(ports.guest, instance, { path, text }, options);
  if (made.exitCode !== 0) throw installFailed(work, "writing its script", made.exitCode);
  const result = await runLogged(work, { argv: [path], env: version === null ? {} : { VERSION: version } });
  await ports.guest.exec(instance, { argv: ["rm", "-f", path] }, options);
  return result;
}
