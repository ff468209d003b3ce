import { showSize } from "../../util/bytes.js";
import { makeAddress } from "../address.js";
import { openDrift } from "../closed.js";
import { type InstanceFacts, type KindDrift, type ObjectDrift, specValue } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { workers } from "./spec.js";
import { isDamaged, statusOf } from "./status.js";

/** A worker is expected to run in its last applied size, and to be closed. One that `stop` holds is expected to be stopped. */
export const workerDrift: KindDrift = {
  wanted: (spec) =>
    Array.from({ length: specValue(spec, workers) }, (_, index) => makeAddress("worker", "default", index + 1)),
  isMissed: () => true,
  findings: (object) => [...ofStatus(object), ...openDrift(object), ...ofSize(object)],
};

function ofStatus(object: InstanceFacts): readonly ObjectDrift[] {
  if (isDamaged(object)) return [{ kind: "broken", text: object.damage?.text ?? "" }];
  if (object.status === "broken") {
    return [{ kind: "broken", text: ["its host processes are half dead", ...object.errors].join("; ") }];
  }
  return statusOf(object) === "stopped" ? [{ kind: "stopped", text: "it is stopped, and nobody holds it" }] : [];
}

function ofSize(object: InstanceFacts): readonly ObjectDrift[] {
  const applied = marksOf(object)?.applied ?? null;
  if (applied === null) return [];
  const { cpus, memoryBytes, diskBytes } = object;
  const texts = [
    ...(cpus === applied.cpus ? [] : [`cpus ${applied.cpus} → ${cpus}`]),
    ...(memoryBytes === applied.memoryBytes
      ? []
      : [`memory ${showSize(applied.memoryBytes)} → ${showSize(memoryBytes)}`]),
    ...(diskBytes === applied.diskBytes ? [] : [`disk ${showSize(applied.diskBytes)} → ${showSize(diskBytes)}`]),
  ];
  return texts.length === 0 ? [] : [{ kind: "changed", text: texts.join(", ") }];
}
