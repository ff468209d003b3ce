/* Effects: looks for programs on PATH and asks them for their versions. */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { codeOf } from "../host/files.js";
import { type RunOutcome, run } from "../process/run.js";

const LIMIT_MS = 2_500;
const DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/** A program as it was found. `version` is null where it gave none; `text` is then what it said instead. */
export interface ProgramFacts {
  readonly path: string;
  readonly version: string | null;
  readonly text: string;
}

interface Asking {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** null: not on PATH. `versionArguments` null: it has no way to tell its version. */
export async function readProgram(
  name: string,
  versionArguments: readonly string[] | null,
  { env, signal }: Asking,
): Promise<ProgramFacts | null> {
  const path = await findProgram(name, env);
  if (path === null || versionArguments === null) return path === null ? null : { path, version: null, text: "" };
  const outcome = await run({
    command: path,
    args: versionArguments,
    cwd: "/",
    env: { PATH: env.PATH ?? DEFAULT_PATH, HOME: env.HOME ?? "/", LC_ALL: "C" },
    timeoutMs: LIMIT_MS,
    killDelayMs: 200,
    signal,
    classify: () => null,
  });
  return { path, ...versionIn(outcome) };
}

function versionIn({ startError, isTimedOut, stdout, stderr }: RunOutcome) {
  if (startError !== null) return { version: null, text: `it cannot be started (${startError})` };
  if (isTimedOut) return { version: null, text: "it did not answer" };
  // ssh tells its version on stderr.
  const said = `${stdout}\n${stderr}`.trim();
  const version = /\d+(?:\.\d+)+[\w.+-]*/.exec(said)?.[0] ?? null;
  return { version, text: version === null ? (said.split("\n")[0] ?? "") : "" };
}

/** Path of the first executable file of that name on PATH. */
export async function findProgram(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  for (const folder of (env.PATH ?? DEFAULT_PATH).split(delimiter)) {
    const path = join(folder === "" ? "." : folder, name);
    if (await isExecutable(path)) return path;
  }
  return null;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return false;
  }
}
