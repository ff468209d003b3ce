import { join } from "node:path";
import { LimaError } from "../../errors/errors.js";
import type { CallOptions } from "../../ports/instances.js";
import { awaitEnd } from "./await-end.js";
import { assertInstanceName } from "./names.js";
import { dropForeignPidFiles, endStrays } from "./ownership.js";
import type { WriterContext } from "./writer.js";

/** Lima waits 3 min 10 s for the host agent and 3 min for the VM. */
const GRACEFUL_MS = 390_000;
const FORCE_MS = 60_000;

/** Stops an instance; stopped already = success. Errors: LIMA_HALF_DEAD without `force`, LIMA_STOP_TIMEOUT, … */
export async function stopInstance(
  context: WriterContext,
  name: string,
  options: CallOptions & { readonly force: boolean },
): Promise<void> {
  assertInstanceName(name);
  const facts = await context.reader.inspect(name, options.signal);
  if (facts === null) {
    throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `cannot stop ${name}: there is no such instance`, {
      hint: "limactl list",
    });
  }
  if (facts.status === "stopped") return;
  if (options.force) {
    await forceStop(context, name, options);
    return;
  }
  if (facts.status !== "running") {
    throw new LimaError("LIMA_HALF_DEAD", `cannot stop ${name}: it is ${facts.status} (${facts.errors.join("; ")})`, {
      hint: `limactl stop -f ${name}`,
      details: { status: facts.status, errors: [...facts.errors] },
    });
  }
  await context.limactl.call({
    action: `stop ${name}`,
    instance: name,
    args: ["stop", name],
    kind: "change",
    timeoutMs: Math.max(options.timeoutMs, GRACEFUL_MS),
    signal: options.signal,
  });
}

/** Kills the instance's processes after proof that they are its own, and waits until they are gone. */
async function forceStop(context: WriterContext, name: string, options: CallOptions): Promise<void> {
  const dir = join(context.home, name);
  await dropForeignPidFiles(dir);
  const own = await endStrays(dir);
  await context.limactl.call({
    action: `stop ${name} by force`,
    instance: name,
    args: ["stop", "-f", name],
    kind: "change",
    timeoutMs: Math.max(options.timeoutMs, FORCE_MS),
    signal: options.signal,
  });
  const [left] = await awaitEnd(own, options.signal);
  if (left === undefined) return;
  throw new LimaError("LIMA_STOP_TIMEOUT", `process ${left} of ${name} is still alive after limactl stop -f`, {
    hint: `ps -fp ${left}`,
  });
}
