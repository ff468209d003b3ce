import type { ResolvedSpec } from "../resources/kind.js";
import { probeLimitMs, probeRequestOf } from "../resources/probe-request.js";
import type { WorkFinding, World } from "../world/world.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";

/** Asks guests, in parallel, what they hold that exists nowhere else. No answer is a finding too: unknown. */
export async function probeWorkers(
  { emit, clock, interrupt }: AppSession,
  fleet: Fleet,
  world: World,
  spec: ResolvedSpec,
  instances: readonly string[],
): Promise<Readonly<Record<string, WorkFinding>>> {
  if (instances.length === 0) return {};
  emit({ type: "probe.started", instances });
  const startedMs = clock.monotonicMs();
  const options = { signal: interrupt.first, timeoutMs: probeLimitMs(world.host) };
  const hostRoot = await fleet.repositoryRoot();
  const findings = await Promise.all(
    instances.map(async (instance): Promise<readonly [string, WorkFinding]> => {
      const facts = world.instances.find(({ name }) => name === instance);
      if (facts === undefined) return [instance, { kind: "unknown", text: `${instance} is not there` }];
      return [instance, await fleet.work.find(facts, probeRequestOf(facts, spec, hostRoot), options)];
    }),
  );
  emit({ type: "probe.completed", elapsedMs: Math.round(clock.monotonicMs() - startedMs) });
  return Object.fromEntries(findings);
}
