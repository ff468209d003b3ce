import { assertNever } from "../../util/assert-never.js";
import type { InstanceFacts } from "../../world/world.js";
import { marksOf } from "../marks-of.js";

/**
 * What a worker is, in words of planning.
 *
 * `starting`: processes run, but it has never been ready (a boot that was cut off); the start step picks it up.
 * `held`: does not serve because `stop` says so, also where its host processes are half dead. One that somebody started
 * all the same is what it is.
 */
export type WorkerStatus = "ready" | "starting" | "stopped" | "held" | "broken";

export function workerStatus(facts: InstanceFacts, hold: string): WorkerStatus {
  // Nothing to serve from, or nothing that a start would bring back; see `decide.ts`.
  if (isDamaged(facts)) return hold === "" ? "broken" : "held";
  switch (facts.status) {
    case "running":
      return facts.readyAt === null ? "starting" : "ready";
    case "stopped":
      return hold === "" ? "stopped" : "held";
    case "broken":
    case "unreadable":
      return hold === "" ? "broken" : "held";
    default:
      return assertNever(facts.status);
  }
}

/** What to do with a wanted worker whose image and size are right. Total by type. */
export const WHEN_WANTED: Readonly<Record<WorkerStatus, "none" | "start">> = {
  ready: "none",
  starting: "start",
  stopped: "start",
  held: "none",
  broken: "start",
};

export const statusOf = (facts: InstanceFacts): WorkerStatus => workerStatus(facts, marksOf(facts)?.hold ?? "");

/** Beyond what a restart mends. A failed repair is history where the VM runs all the same. */
export const isDamaged = ({ damage, status }: InstanceFacts): boolean =>
  damage !== undefined && (damage.code === "disk_lost" || status !== "running");

/** A worker that never reached its first readiness holds no work; one without a disk holds it only while it runs. */
export const holdsNothing = ({ readyAt, damage, status }: InstanceFacts): boolean =>
  readyAt === null || (damage?.code === "disk_lost" && status === "stopped");
