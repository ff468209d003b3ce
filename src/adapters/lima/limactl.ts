import { existsSync } from "node:fs";
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { BugError, LimaError } from "../../errors/errors.js";
import { together } from "../../util/together.js";
import { findProgram } from "../doctor/programs.js";
import { freeSpaceText } from "../host/free-space.js";
import { isSuccess, type RunOutcome, run } from "../process/run.js";
import { childEnv } from "./child-env.js";
import { classifyLima, type LimaCallFacts } from "./classify.js";
import { createKnownVersion } from "./known-version.js";
import { refuseRoot } from "./root.js";
import { checkVersion, readVersion } from "./version.js";

const VERSION_LIMIT_MS = 20_000;

export interface LimactlOptions {
  /** Real path of LIMA_HOME. */
  readonly home: string;
  /** The project's state folder; scratch folders are made in it, by calls that change something only. null = only reads. */
  readonly state: string | null;
  /** Environment of the caller. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the user typed, program name first. */
  readonly invocation: readonly string[];
  /** True where guests must be emulated in software. Asked once, before the first call that may start or change a VM. */
  readonly isEmulated: () => Promise<boolean>;
  /** Called when a call's child was started. */
  readonly onStart?: () => void;
}

export interface LimactlCall extends LimaCallFacts {
  /** Verb and its arguments; global flags are added. */
  readonly args: readonly string[];
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly stdin?: string | Readable;
  readonly onLine?: ((line: string, stream: "stdout" | "stderr") => void) | undefined;
  /** `read` changes nothing; `download` may fetch an image and sees the proxy variables. */
  readonly kind: "read" | "change" | "download";
  readonly maxOutputBytes?: number;
  /** Another reading of failures, in front of the usual one; null = the usual one. */
  readonly explain?: (outcome: RunOutcome) => Promise<LimaCallFacts | null>;
}

/** Every call of limactl goes through here. */
export interface Limactl {
  /** Errors: the classifier's; LIMA_ROOT_REFUSED, LIMA_TOO_OLD, LIMA_NOT_FOUND before anything is run. */
  call(call: LimactlCall): Promise<RunOutcome>;
  /** Version of limactl, checked. */
  version(signal?: AbortSignal): Promise<string>;
  /** The same limactl, whose version is asked for once, for a project. */
  forState(state: string): Limactl;
}

export function createLimactl(options: LimactlOptions): Limactl {
  let version: Promise<string> | null = null;
  const versionOnce = (signal?: AbortSignal): Promise<string> => {
    // A failure (limactl was just being installed, an aborted signal) must not stick.
    version ??= findVersion(options, signal).catch((error: unknown) => {
      version = null;
      throw error;
    });
    return version;
  };
  return withVersion(options, versionOnce);
}

function withVersion(options: LimactlOptions, versionOnce: Limactl["version"]): Limactl {
  return {
    version: versionOnce,
    forState: (state) => withVersion({ ...options, state }, versionOnce),
    async call(call) {
      await refuseRootOf(options);
      // What changes nothing goes before the question for the version; should it be too old, that is said first all the same.
      const early = call.kind === "read" ? execute(options, call) : null;
      const versioned = versionOnce(call.signal);
      const [, outcome] = await together(versioned, early ?? versioned.then(() => execute(options, call)));
      const facts = isSuccess(outcome) ? null : ((await call.explain?.(outcome)) ?? null);
      const error: LimaError | null = classifyLima(outcome, facts ?? call);
      if (error === null) return outcome;
      throw error.code === "LIMA_DISK_FULL" ? withRoom(error, options.home) : error;
    },
  };
}

/** limactl says that there is no room, not how much there is and where. */
function withRoom({ code, message, hint, details }: LimaError, home: string): LimaError {
  return new LimaError(code, `${message}; ${freeSpaceText(home)}`, { hint, details });
}

async function execute(options: LimactlOptions, call: LimactlCall): Promise<RunOutcome> {
  const isRead = call.kind === "read";
  const folders = isRead ? null : await scratchFolders(options.state);
  const running = run({
    command: "limactl",
    args: ["--tty=false", "--log-format=json", ...call.args],
    // limactl leaves `lima.REJECTED.yaml` in its working directory.
    cwd: folders?.scratch ?? "/",
    env: childEnv(options.env, {
      limaHome: options.home,
      isEmulated: isRead ? false : await options.isEmulated(),
      templatesPath: folders?.templates ?? null,
      withProxy: call.kind === "download",
    }),
    timeoutMs: call.timeoutMs,
    signal: call.signal,
    ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
    ...(call.maxOutputBytes === undefined ? {} : { maxOutputBytes: call.maxOutputBytes }),
    onLine: call.onLine,
    classify: () => null,
  });
  options.onStart?.();
  const outcome = await running;
  if (folders !== null && !isSuccess(outcome)) await rm(join(folders.scratch, "lima.REJECTED.yaml"), { force: true });
  return outcome;
}

/** `templates` stays empty: with it as LIMA_TEMPLATES_PATH a `start` of a missing instance cannot create one. */
async function scratchFolders(state: string | null): Promise<{ readonly scratch: string; readonly templates: string }> {
  if (state === null) throw new BugError("limactl is to change something outside any project");
  const scratch = join(state, "scratch");
  const templates = join(state, "no-templates");
  await mkdir(scratch, { recursive: true, mode: 0o700 });
  await mkdir(templates, { recursive: true, mode: 0o700 });
  return { scratch, templates };
}

async function refuseRootOf(options: LimactlOptions): Promise<void> {
  const uid = process.geteuid?.() ?? null;
  if (uid !== 0) return;
  refuseRoot({
    uid,
    sudoUser: options.env.SUDO_USER && options.env.SUDO_USER !== "root" ? options.env.SUDO_USER : null,
    passwd: existsSync("/etc/passwd") ? await readFile("/etc/passwd", "utf8") : "",
    hasSudo: (await findProgram("sudo", options.env)) !== null,
    invocation: options.invocation,
  });
}

async function findVersion(options: LimactlOptions, signal: AbortSignal | undefined): Promise<string> {
  await refuseRootOf(options);
  const known = createKnownVersion(options.home, options.env);
  const recalled = await known.recall();
  const version = recalled ?? (await askVersion(options, signal));
  checkVersion(version);
  if (recalled === null) await known.keep(version);
  return version;
}

async function askVersion(options: LimactlOptions, signal: AbortSignal | undefined): Promise<string> {
  const facts = {
    action: "ask limactl for its version",
    instance: "",
    look: "To see what is wrong with it: limactl --version",
    lookAtHang: 'It does not even tell its version. To see which program that is: ls -l "$(command -v limactl)"',
  };
  const outcome = await run({
    command: "limactl",
    args: ["--version"],
    cwd: "/",
    env: childEnv(options.env, { limaHome: options.home, isEmulated: false, templatesPath: null, withProxy: false }),
    timeoutMs: VERSION_LIMIT_MS,
    signal,
    classify: (result) => classifyLima(result, facts),
  });
  return readVersion(outcome.stdout);
}
