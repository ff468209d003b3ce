import type { World } from "../world/world.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";

/** One observation: host facts and one bulk listing. Guests are not asked here. */
export async function observe({ emit, clock, interrupt }: AppSession, fleet: Fleet): Promise<World> {
  emit({ type: "observe.started" });
  const startedMs = clock.monotonicMs();
  // The listing first: it takes longest.
  const [listing, host] = await Promise.all([fleet.reader.list(interrupt.first), fleet.reader.host(interrupt.first)]);
  emit({
    type: "observe.completed",
    instances: listing.instances.length,
    failures: listing.failures.length,
    elapsedMs: Math.round(clock.monotonicMs() - startedMs),
  });
  return { host, ...listing, work: {} };
}
