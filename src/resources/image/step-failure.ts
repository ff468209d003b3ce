import { GuestError, LimaformError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { DriverContext, DriverStep } from "../kind.js";
import type { BuildStep } from "./build-step.js";
import { judgeFullDisk } from "./guest-disk.js";

const LOOK_LIMIT_MS = 30_000;

interface Failure {
  readonly error: unknown;
  readonly build: BuildStep;
  readonly step: DriverStep;
  /** Last lines of the step's log. */
  readonly tail: readonly string[];
  readonly context: DriverContext;
}

/**
 * The failure of a build step as a person needs it: what failed and why, the log's last lines and place, the next command.
 * An interrupt and a defect of ours stay what they are.
 */
export async function explainFailure(guest: Guest, failure: Failure): Promise<unknown> {
  const { error, build, step, tail, context } = failure;
  if (context.signal.aborted || !(error instanceof LimaformError)) return error;
  const isFull = await isDiskFull(guest, step.instance, context.signal);
  const what = error.message.includes(build.title) ? error.message : `${build.title}: ${error.message}`;
  const why = isFull ? `${what}; the disk of ${step.instance} is full` : what;
  const log = tail.length > 0 ? (context.logFile ?? null) : null;
  const lines = [...tail, ...(log === null ? [] : [`whole log: ${log}`])];
  const goesOn = `The next apply goes on with ${build.name}; what is done before it stays`;
  return new GuestError(error.code, [why, ...lines.map((line) => `    ${line}`)].join("\n"), {
    hint: isFull ? `raise vm.disk in limaform.toml, then: limaform apply\n${goesOn}` : `${error.hint}\n${goesOn}`,
    details: { ...detailsOf(error), step: build.name, instance: step.instance, log, isDiskFull: isFull },
    cause: error,
  });
}

const detailsOf = ({ details }: LimaformError) =>
  typeof details === "object" && details !== null && !Array.isArray(details) ? details : {};

/** A guest that does not answer any more says nothing about its disk. */
async function isDiskFull(guest: Guest, instance: string, signal: AbortSignal): Promise<boolean> {
  try {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(LOOK_LIMIT_MS)]);
    return await judgeFullDisk(guest, instance, limited);
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error;
    return false;
  }
}
