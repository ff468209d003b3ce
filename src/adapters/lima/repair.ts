import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LimaError } from "../../errors/errors.js";
import type { StartOptions } from "../../ports/instances.js";
import type { InstanceFacts } from "../../world/world.js";
import { assertInstanceName } from "./names.js";
import { dropForeignPidFiles, limactlAtWork } from "./ownership.js";
import { stopInstance } from "./stop.js";
import type { WriterContext } from "./writer.js";

/** Lima's processes come up and go down one after the other; what is half dead for longer stays so. */
const GRACE_MS = 10_000;
const PAUSE_MS = 1_000;

/**
 * Brings a half-dead instance to rest. In this order: what is whole by now is left alone; process ids that belong to
 * other programs are forgotten; a start or stop that is under way is waited for; then its own processes are ended.
 *
 * Errors: LIMA_NOT_FOUND_INSTANCE, LIMA_UNREADABLE, LIMA_STOP_TIMEOUT, those of limactl.
 * Source: reference/lima.md §11, recovery matrix.
 */
export async function repairInstance(
  context: WriterContext,
  name: string,
  options: StartOptions,
): Promise<"running" | "stopped"> {
  assertInstanceName(name);
  const dir = join(context.home, name);
  const look = async () => settled(await context.reader.inspect(name, options.signal), name);
  const found = await look();
  if (found !== null) return found;
  const foreign = await dropForeignPidFiles(dir);
  if (foreign.length > 0) options.report("its old process ids belong to other programs; forgetting them");
  const patient = await waitOut(context, { name, look, options });
  if (patient !== null) return patient;
  options.report("ending its half-dead host processes");
  await stopInstance(context, name, { ...options, force: true });
  return "stopped";
}

interface Waiting {
  readonly name: string;
  readonly look: () => Promise<"running" | "stopped" | null>;
  readonly options: StartOptions;
}

/** What it became by itself within the grace, or within the time of a limactl that works on it; null = still half dead. */
async function waitOut(
  context: WriterContext,
  { name, look, options }: Waiting,
): Promise<"running" | "stopped" | null> {
  const { graceMs = GRACE_MS } = context;
  for (let waitedMs = 0; waitedMs < options.timeoutMs; waitedMs += PAUSE_MS) {
    const found = await look();
    if (found !== null) return found;
    const isAtWork = (await limactlAtWork(context.home, name)) !== null;
    if (!isAtWork && waitedMs >= graceMs) return null;
    if (waitedMs === 0)
      options.report(isAtWork ? "waiting for the limactl that works on it" : "waiting for its processes");
    await sleep(PAUSE_MS, undefined, { signal: options.signal });
  }
  return null;
}

function settled(facts: InstanceFacts | null, name: string): "running" | "stopped" | null {
  if (facts === null) {
    throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `cannot repair ${name}: there is no such instance`, {
      hint: "limaform plan",
    });
  }
  if (facts.status === "unreadable") {
    throw new LimaError("LIMA_UNREADABLE", `cannot repair ${name}: ${facts.errors.join("; ")}`, {
      hint: `limactl list ${name}`,
    });
  }
  return facts.status === "broken" ? null : facts.status;
}
