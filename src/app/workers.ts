import { LimaError, UsageError } from "../errors/errors.js";
import type { Address, InstanceFacts } from "../resources/kind.js";
import { marksOf } from "../resources/marks-of.js";
import type { Fleet } from "./fleet.js";
import { type UnreadWorker, unreadText } from "./unread-workers.js";

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

type Named = Pick<Worker, "slot" | "instance" | "address">;

/**
 * Workers as typed: slots (`1`, `1-3`, `1,4`, `all`) or instance names. Nothing typed = all. `unread`: those that cannot
 * be read, which are meant by "all" too.
 *
 * Shape: never empty.
 * Errors: USAGE_UNKNOWN_WORKER naming what does not exist, USAGE_NO_WORKERS when there are none at all, LIMA_UNREADABLE.
 */
export function chooseWorkers<One extends Named>(
  workers: readonly One[],
  typed: readonly string[],
  unread: readonly UnreadWorker[] = [],
): readonly One[] {
  if (workers.length === 0 && unread.length === 0) {
    throw new UsageError("USAGE_NO_WORKERS", "this project has no workers on this host", {
      hint: "make them with: limaform apply",
    });
  }
  const words = typed.flatMap((word) => word.split(",")).filter((word) => word !== "");
  // A variable of a script that is empty must not mean all of them.
  if (typed.length > 0 && words.length === 0) throw noSuchWorker(workers, JSON.stringify(typed.join(" ")));
  if (words.length === 0 || words.includes("all")) {
    if (unread.length > 0) throw cannotRead(workers, unread);
    return workers;
  }
  const chosen = new Set(words.flatMap((word) => match(workers, word, unread)));
  return workers.filter((worker) => chosen.has(worker));
}

function match<One extends Named>(
  workers: readonly One[],
  word: string,
  unread: readonly UnreadWorker[],
): readonly One[] {
  const range = /^([0-9]{1,9})(?:-([0-9]{1,9}))?$/.exec(word);
  const first = Number(range?.[1]);
  const last = Number(range?.[2] ?? range?.[1]);
  const isMeant = ({ slot, instance, address }: Named): boolean =>
    range === null ? instance === word || address === word : slot >= first && slot <= last;
  const found = workers.filter(isMeant);
  const lost = unread.filter(isMeant);
  if (lost.length > 0) throw cannotRead(workers, lost);
  // `2-1` has no slot: standing for no worker it would be done as soon as it began.
  const isWhole = found.length > 0 && (range === null || found.length === last - first + 1);
  if (isWhole) return found;
  throw noSuchWorker(workers, word);
}

const noSuchWorker = (workers: readonly Named[], word: string): UsageError =>
  new UsageError("USAGE_UNKNOWN_WORKER", `there is no worker ${word}`, {
    hint: `workers of this project: ${workers.map(({ slot, instance }) => `${slot} (${instance})`).join(", ")}; to see them: limaform status`,
  });

function cannotRead(workers: readonly Named[], unread: readonly UnreadWorker[]): LimaError {
  const others = workers.map(({ slot }) => slot).join(",");
  const rest = others === "" ? "" : `to mean the others alone, name them: ${others}; `;
  return new LimaError("LIMA_UNREADABLE", unread.map(unreadText).join("; "), {
    hint: `${rest}what can be done about it: limaform plan`,
    details: { workers: unread.map(({ slot, instance, why }) => ({ slot, instance, why })) },
  });
}
