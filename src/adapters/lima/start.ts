import { basename, join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import type { StartOptions } from "../../ports/instances.js";
import { escapeLine } from "../../util/escape.js";
import type { InstanceFacts } from "../../world/world.js";
import { unboxBootFiles } from "./boot-files.js";
import { readLogLine } from "./log-lines.js";
import { assertInstanceName } from "./names.js";
import { dropForeignPidFiles, strayProcesses } from "./ownership.js";
import { withPanicWatch } from "./panic-watch.js";
import { stopInstance } from "./stop.js";
import { readTail } from "./tail.js";
import type { WriterContext } from "./writer.js";

/** What limactl needs around its own `--timeout`. */
const MARGIN_MS = 45_000;
const HOST_AGENT_LOG_BYTES = 8 * 1024;

/**
 * Starts an existing instance: never one that limactl would create, never one that is not closed. Running already =
 * success.
 *
 * Errors: LIMA_NOT_FOUND_INSTANCE, LIMA_UNREADABLE, LIMA_CONFIG_NOT_CLOSED, LIMA_DISK_LOST, LIMA_HALF_DEAD, LIMA_START_…, LIMA_GUEST_PANIC.
 */
export async function startInstance(context: WriterContext, name: string, options: StartOptions): Promise<void> {
  assertInstanceName(name);
  if ((await checkStartable(context, name, options.signal)) === "running") return;
  // A clone that was cut off right after limactl's part lacks them.
  await unboxBootFiles(join(context.home, name));
  try {
    await boot(context, name, options);
  } catch (error) {
    const why = error instanceof LimaError ? ONCE_MORE.get(error.code) : undefined;
    if (why === undefined) throw error;
    options.report(`${why}, once more`);
    // A host agent that missed limactl's five seconds may have come up by now.
    if ((await checkStartable(context, name, options.signal)) === "running") return;
    await boot(context, name, options);
  }
}

/** What is tried a second time, and how it is told. Emulated kernels panic at random, as a rule in their first second. */
const ONCE_MORE: ReadonlyMap<string, string> = new Map([
  ["LIMA_START_SLOW", "host agent was slow to start"],
  ["LIMA_GUEST_PANIC", "its kernel panicked"],
]);

async function boot(context: WriterContext, name: string, options: StartOptions): Promise<void> {
  try {
    await callStart(context, name, options);
  } catch (error) {
    // A panicked VM counts as running: left so, the next start would take it for a good one.
    if (error instanceof LimaError && error.code === "LIMA_GUEST_PANIC") {
      await stopInstance(context, name, { ...options, force: true });
    }
    throw error;
  }
}

/** The check right before a start: what is there, and whether its resolved configuration is closed. */
async function checkStartable(
  context: WriterContext,
  name: string,
  signal: AbortSignal,
): Promise<"running" | "stopped"> {
  const facts = await context.reader.inspect(name, signal);
  if (facts === null) {
    throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `cannot start ${name}: there is no such instance`, {
      hint: "limaform plan",
    });
  }
  if (facts.status === "unreadable") throw unreadable(facts);
  if (facts.openConfig.length > 0) throw notClosed(facts);
  if (facts.status === "running") return facts.status;
  if (facts.damage?.code === "disk_lost") throw diskLost(facts);
  // After a reboot of the host a process id may be another program's by now: nothing of this VM is alive then.
  if (facts.status === "broken" && (await dropForeignPidFiles(facts.dir)).length > 0)
    return checkStartable(context, name, signal);
  if (facts.status === "stopped") {
    await refuseStrays(facts);
    return facts.status;
  }
  throw new LimaError("LIMA_HALF_DEAD", `cannot start ${name}: it is ${facts.status} (${facts.errors.join("; ")})`, {
    hint: `limactl stop -f ${name}`,
    details: { status: facts.status, errors: [...facts.errors] },
  });
}

/** Lima would silently make a new disk from the base image: a VM of this name without anything that was in it. */
function diskLost({ name, dir }: InstanceFacts): LimaError {
  return new LimaError("LIMA_DISK_LOST", `${name} is not started: its disk is gone (${join(dir, "disk")})`, {
    hint: "A disk cannot be had back. To see what apply makes anew: limaform plan",
  });
}

/** Two VMs on one disk would destroy it, and what still runs may hold work. */
async function refuseStrays({ name, dir }: InstanceFacts): Promise<void> {
  const [stray] = await strayProcesses(dir);
  if (stray === undefined) return;
  const program = basename(stray.argv[0] ?? "");
  throw new LimaError(
    "LIMA_HALF_DEAD",
    `cannot start ${name}: Lima takes it for stopped, but its ${program} still runs (process ${stray.pid})`,
    { hint: `Somebody removed its pid file. End it, then run the same command again: kill ${stray.pid}` },
  );
}

/** What cannot be read cannot be found closed. */
function unreadable({ name, errors }: InstanceFacts): LimaError {
  return new LimaError(
    "LIMA_UNREADABLE",
    `cannot start ${name}: its configuration cannot be read (${errors.join("; ")})`,
    {
      hint: `limactl list ${name}`,
    },
  );
}

function notClosed(facts: InstanceFacts): LimaError {
  const lines = facts.openConfig.map(
    ({ key, found, expected, file }) => `${key} is ${found}, not ${expected}${file === null ? "" : ` (${file})`}`,
  );
  const [first] = facts.openConfig;
  const file = first?.file ?? join(facts.dir, "lima.yaml");
  return new LimaError(
    "LIMA_CONFIG_NOT_CLOSED",
    `${facts.name} is not started, because its configuration is not closed: ${lines.join("; ")}`,
    {
      hint: `Take ${first?.key ?? "it"} out of ${file}, or give limaform a LIMA_HOME of its own, then run the same command again.`,
      details: { deviations: facts.openConfig.map((deviation) => ({ ...deviation })) },
    },
  );
}

async function callStart(context: WriterContext, name: string, options: StartOptions): Promise<void> {
  const dir = join(context.home, name);
  const seconds = Math.max(60, Math.ceil(options.timeoutMs / 1000));
  const action = `start ${name}`;
  await withPanicWatch({ dir, name, signal: options.signal }, (signal) =>
    context.limactl.call({
      action,
      instance: name,
      args: ["start", `--timeout=${seconds}s`, name],
      kind: "change",
      timeoutMs: seconds * 1000 + MARGIN_MS,
      signal,
      onLine: (line, stream) => {
        const read = stream === "stderr" ? readLogLine(line) : null;
        if (read !== null && read.level === "info") options.report(escapeLine(read.text).slice(0, 200));
      },
      explain: async () => ({
        action,
        instance: name,
        hostAgentLog: await readTail(join(dir, "ha.stderr.log"), HOST_AGENT_LOG_BYTES),
      }),
    }),
  );
}
