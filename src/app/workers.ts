import { UsageError } from "../errors/errors.js";
import type { Address, InstanceFacts } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import type { Fleet } from "./fleet.js";

export interface Worker {
  readonly slot: number;
  readonly address: Address;
  readonly instance: string;
  readonly facts: InstanceFacts;
}

/** Workers of ours, by slot; of twins (a rollout under way) the one that is ready, else the first by name. */
export function workersOf(
  fleet: Pick<Fleet, "project" | "owner">,
  instances: readonly InstanceFacts[],
): readonly Worker[] {
  const workers = instances.flatMap((facts): Worker[] => {
    const marks = marksOf(facts);
    const isOurs = marks?.project === fleet.project && marks.owner === fleet.owner && marks.name === facts.name;
    if (marks === null || !isOurs || marks.role !== "worker") return [];
    return [{ slot: marks.slot, address: marks.address as Address, instance: facts.name, facts }];
  });
  const rank = ({ facts }: Worker) => (facts.status === "running" && facts.readyAt !== null ? 0 : 1);
  const sorted = [...workers].sort((left, right) => left.slot - right.slot || rank(left) - rank(right));
  return sorted.filter((worker, index) => sorted[index - 1]?.slot !== worker.slot);
}

/**
 * Workers as typed: slots (`1`, `1-3`, `1,4`, `all`) or instance names. Nothing typed = all.
 *
 * Errors: USAGE_UNKNOWN_WORKER naming what does not exist, USAGE_NO_WORKERS when there are none at all.
 */
export function chooseWorkers<Named extends Pick<Worker, "slot" | "instance" | "address">>(
  workers: readonly Named[],
  typed: readonly string[],
): readonly Named[] {
  if (workers.length === 0) {
    throw new UsageError("USAGE_NO_WORKERS", "this project has no workers on this host", {
      hint: "make them with: limaform apply",
    });
  }
  const words = typed.flatMap((word) => word.split(",")).filter((word) => word !== "");
  if (words.length === 0 || words.includes("all")) return workers;
  const chosen = new Set(words.flatMap((word) => match(workers, word)));
  return workers.filter((worker) => chosen.has(worker));
}

function match<Named extends Pick<Worker, "slot" | "instance" | "address">>(
  workers: readonly Named[],
  word: string,
): readonly Named[] {
  const range = /^([0-9]{1,9})(?:-([0-9]{1,9}))?$/.exec(word);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  const found = workers.filter(({ slot, instance, address }) =>
    range === null ? instance === word || address === word : slot >= first && slot <= last,
  );
  const isWhole = range === null ? found.length > 0 : found.length === last - first + 1;
  if (isWhole) return found;
  throw new UsageError("USAGE_UNKNOWN_WORKER", `there is no worker ${word}`, {
    hint: `workers of this project: ${workers.map(({ slot, instance }) => `${slot} (${instance})`).join(", ")}; to see them: limaform status`,
  });
}
