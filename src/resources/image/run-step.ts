import { BugError } from "../../errors/errors.js";
import type { BuildNote, DoneStep } from "../../world/build.js";
import type { DriverPorts } from "../driver-ports.js";
import { objectOf, textOf } from "../inputs.js";
import type { DriverContext, DriverStep } from "../kind.js";
import { proveOurs } from "../ownership.js";
import type { BuildOutcome, BuildRunner, BuildStep } from "./build-step.js";
import { pushCode } from "./code.js";
import { settleDisk } from "./guest-disk.js";
import { runHook } from "./hook.js";
import { RECIPE_RUNNERS } from "./recipes/runners.js";
import { unitOf } from "./scope.js";
import { explainFailure } from "./step-failure.js";
import { withinLimit } from "./step-limit.js";

const RUNNERS: Readonly<Record<string, BuildRunner>> = { ...RECIPE_RUNNERS, hook: runHook, code: pushCode };
const TAIL_LINES = 20;

/** The build step that a plan's step holds; null for the other steps of an image. */
export function buildOf({ inputs }: DriverStep): BuildStep | null {
  if (inputs.build === undefined) return null;
  const build = objectOf(inputs, "build");
  textOf(build, "key");
  return build as unknown as BuildStep;
}

/**
 * One step of a build, from its begin to its done in the note beside the image. What it did is on the disk before it
 * counts as done, and a crash at any point leaves a note that tells where to go on.
 *
 * Errors: IMAGE_STEP_TIMED_OUT; those of the runner, each with the log's last lines.
 */
export async function runBuildStep(
  ports: DriverPorts,
  step: DriverStep,
  build: BuildStep,
  context: DriverContext,
): Promise<void> {
  const runner = RUNNERS[build.kind];
  if (runner === undefined) throw new BugError(`no runner for a build step of kind ${build.kind}`);
  const { instance, address } = step;
  await proveOurs(ports.reader, instance, { address }, context.signal);
  const startedAt = ports.clock.now();
  const startedMs = ports.clock.monotonicMs();
  const note = begin(await noteOf(ports, instance), build, startedAt);
  await ports.files.writeBuild(instance, note);
  context.report(build.title);
  const tail = createTail(context);
  const { usedBytes: usedBefore } = await settleDisk(ports.guest, instance, context.signal);
  const outcome = await withinLimit(ports.clock, build, context.signal, (signal) =>
    runner(scoped(ports, build), step, build, { ...context, signal, log: tail.log }),
  ).catch(async (error: unknown) => {
    throw await explainFailure(ports.guest, { error, build, step, tail: tail.lines(), context });
  });
  const { usedBytes } = await settleDisk(ports.guest, instance, context.signal);
  const done: DoneStep = {
    ...{ name: build.name, key: build.key, title: build.title, startedAt },
    elapsedMs: Math.round(ports.clock.monotonicMs() - startedMs),
    ...outcomeOf(outcome),
    growthBytes: usedBytes === null || usedBefore === null ? null : usedBytes - usedBefore,
    log: tail.isEmpty() ? null : (context.logFile ?? null),
  };
  await ports.files.writeBuild(instance, { ...note, begun: null, done: [...note.done, done], usedBytes });
}

/** A lost note: the build goes on, and is not resumed should it be cut off. */
export async function noteOf(ports: Pick<DriverPorts, "files" | "clock">, instance: string): Promise<BuildNote> {
  const found = await ports.files.readBuild(instance);
  if (found !== null) return found;
  const startedAt = ports.clock.now();
  return { origin: "", startedAt, begun: null, done: [], resumed: [], usedBytes: null };
}

/** What was done before under this name, and all that was built upon it, is no longer done. */
function begin(note: BuildNote, { name, key }: BuildStep, startedAt: string): BuildNote {
  const before = note.done.findIndex((done) => done.name === name);
  const done = before === -1 ? note.done : note.done.slice(0, before);
  return { ...note, begun: { name, key, startedAt }, done };
}

/** All that a runner starts in the guest belongs to one unit, so that it can be ended with the step. */
function scoped(ports: DriverPorts, { name }: BuildStep): DriverPorts {
  const { guest } = ports;
  const exec: typeof guest.exec = (instance, command, options) =>
    guest.exec(instance, { unit: unitOf(name), ...command }, options);
  return { ...ports, guest: { ...guest, exec } };
}

const outcomeOf = ({ version, source, downloadedBytes, indexBytes, cachedBytes }: BuildOutcome): BuildOutcome => ({
  ...{ version, source, downloadedBytes, indexBytes, cachedBytes },
});

/** The last lines, for the message of a failure; each also is the step's progress. */
function createTail({ log, report }: DriverContext) {
  const kept: string[] = [];
  let count = 0;
  return {
    log: (line: string): void => {
      log(line);
      if (line.trim() !== "") report(line);
      count += 1;
      kept.push(line);
      if (kept.length > TAIL_LINES) kept.shift();
    },
    lines: (): readonly string[] => kept,
    isEmpty: (): boolean => count === 0,
  };
}
