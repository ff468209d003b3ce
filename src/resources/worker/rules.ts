import { parseSize } from "../../util/bytes.js";
import { hasSlot, isAddressOf, makeAddress } from "../address.js";
import { type CompileContext, type DesiredNode, type KindRules, specValue } from "../kind.js";
import { decide } from "./decide.js";
import { workerDrift } from "./drift.js";
import { rolloutSurge, rolloutUnavailable, vmCpus, vmDisk, vmMemory, workerKeys, workers } from "./spec.js";

const GOLDEN = makeAddress("image", "golden");

export const workerRules: KindRules = {
  kind: "worker",
  summary: "an instance cloned from the golden image, with a slot that is its identity",
  keys: workerKeys,
  files: () => [],
  compile,
  addressOf: ({ role, address }) =>
    role === "worker" && isAddressOf("worker", address) && hasSlot(address) ? address : null,
  addressOfName: (project, name) => {
    const match = new RegExp(`^${project}-worker-([1-9][0-9]*)(-g[0-9]+)?$`).exec(name);
    return match === null ? null : makeAddress("worker", "default", Number(match[1]));
  },
  decide,
  rollout: (spec) => ({ surge: specValue(spec, rolloutSurge), unavailable: specValue(spec, rolloutUnavailable) }),
  drift: workerDrift,
};

function compile({ spec, project, desired }: CompileContext): readonly DesiredNode[] {
  const golden = desired.get(GOLDEN);
  const cpus = specValue(spec, vmCpus);
  const memoryBytes = parseSize(specValue(spec, vmMemory));
  const diskBytes = parseSize(specValue(spec, vmDisk));
  const dependsOn = [GOLDEN];
  return Array.from({ length: specValue(spec, workers) }, (_, index) => ({
    address: makeAddress("worker", "default", index + 1),
    kind: "worker",
    dependsOn,
    attributes: { cpus, memoryBytes, diskBytes, baseName: `${project}-worker-${index + 1}` },
    revision: golden?.revision ?? null,
  }));
}
