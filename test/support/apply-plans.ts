import type { Change, Plan, Step } from "../../src/plan/document.js";
import type { Address, StepClass } from "../../src/resources/kind.js";

/** A step with an id, verb, address and instance that agree; everything else filled in. */
export function stepOf(id: string, changes: Partial<Omit<Step, "id">> = {}): Step {
  const [verb = "create", address = id] = id.split(":");
  return {
    id,
    verb,
    address: address as Address,
    instance: `i-${address}`,
    after: [],
    class: "light" as StepClass,
    onInterrupt: "finish",
    timeoutMs: 60_000,
    retries: 0,
    inputs: {},
    ...changes,
  };
}

export function changeOf(address: string, changes: Partial<Change> = {}): Change {
  return {
    address: address as Address,
    instance: `i-${address}`,
    action: "create",
    reasons: [],
    before: null,
    after: {},
    atRisk: [],
    fingerprint: "",
    ...changes,
  };
}

/** An applicable plan of these steps. */
export function planOf(steps: readonly Step[], changes: Partial<Plan> = {}): Plan {
  return {
    format: "limaform.plan",
    version: 1,
    engine: "0.1.0",
    createdAt: "2026-11-01T00:00:00.000Z",
    project: "my-app",
    owner: "0123456789ab",
    ownerPath: "/home/me/my-app/.git",
    intent: { kind: "apply" },
    options: { targets: [], replaces: [], discardWork: [] },
    host: {
      limaHome: "/home/me/.lima",
      os: "linux",
      arch: "x86_64",
      cpus: 4,
      memoryBytes: 2 ** 34,
      vmType: "qemu",
      isEmulated: false,
      cloneMethod: "linked",
      limaVersion: "2.2.0",
      maxNameLength: 60,
    },
    specDigest: "spec1",
    worldDigest: "world1",
    applicable: true,
    errors: [],
    warnings: [],
    notes: [],
    changes: [],
    steps,
    summary: { create: 0, update: 0, replace: 0, delete: 0, start: 0, stop: 0, push: 0, none: 0 },
    spec: null,
    sources: {
      repository: { kind: "none", root: "/home/me/my-app" },
      fileDigests: {},
      ownFiles: ["limaform.toml"],
      problems: [],
    },
    workers: 2,
    ...changes,
  };
}
