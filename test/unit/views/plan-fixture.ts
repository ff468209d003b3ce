import type { Change, Needs, Plan } from "../../../src/plan/document.js";
import type { Action, Address } from "../../../src/resources/kind.js";

const GiB = 1024 ** 3;

export function change(address: string, action: Action, text: string, more: Partial<Change> = {}): Change {
  return {
    address: address as Address,
    instance: `my-app-${address}`,
    action,
    reasons: text === "" ? [] : [{ code: "because", text }],
    before: null,
    after: null,
    atRisk: [],
    fingerprint: "",
    ...more,
  };
}

export const NEEDS: Needs = {
  ...{ startsAny: true, running: 3, memoryBytes: 12 * GiB, memoryBytesNow: 8 * GiB, cpus: 12, largestCpus: 4 },
  ...{ diskBytes: 9 * GiB, growthBytes: 90 * GiB },
};

/** A plan for three workers on a 64 GiB host; only what a test names differs. */
export function planOf(changes: readonly Change[], more: Partial<Plan> = {}): Plan {
  return {
    format: "limaform.plan",
    version: 1,
    engine: "0.1.0",
    createdAt: "2026-11-22T10:00:00Z",
    project: "my-app",
    owner: "0123456789ab",
    ownerPath: "/home/me/my-app/.git",
    intent: { kind: "apply" },
    options: { targets: [], replaces: [], discardWork: [] },
    host: {
      limaHome: "/home/me/.lima",
      os: "linux",
      arch: "x86_64",
      cpus: 8,
      memoryBytes: 64 * GiB,
      vmType: "qemu",
      isEmulated: false,
      cloneMethod: "linked",
      limaVersion: "2.2.0",
      maxNameLength: 60,
    } as Plan["host"],
    specDigest: "",
    worldDigest: "",
    applicable: true,
    errors: [],
    warnings: [],
    notes: [],
    changes,
    steps: [],
    summary: { create: 0, update: 0, replace: 0, delete: 0, start: 0, stop: 0, push: 0, none: 0 },
    spec: {
      file: "/home/me/my-app/limaform.toml",
      root: "/home/me/my-app",
      values: { workers: 3, "vm.memory": "4GiB" },
      origins: {},
    },
    sources: {} as Plan["sources"],
    workers: 3,
    ...more,
  };
}

/** The plan of the contract's example (how the plan reads). */
export function contractPlan(): Plan {
  const reason = "image 51d0ee24 → 7f3a09c1";
  const pushed = "3 commits and 2 uncommitted files (8 KiB)";
  const risk = (kind: "uncommitted" | "commits", count: number, bytes: number, text: string) => ({
    ...{ kind, count, bytes, text },
    instance: "my-app-worker-1",
    saved: true,
  });
  return planOf(
    [
      change("image.golden", "create", "no image at revision 7f3a09c1 (hooks.post_sync changed since 51d0ee24)"),
      change("worker.default[1]", "replace", reason, {
        atRisk: [
          risk("uncommitted", 3, 12288, "3 uncommitted files (12 KiB)"),
          risk("commits", 1, 0, "1 commit not on this host"),
        ],
      }),
      change("worker.default[2]", "replace", reason),
      change("worker.default[3]", "create", "not there"),
      change("binding.default[1]", "push", pushed),
      change("binding.default[2]", "push", pushed),
      change("binding.default[3]", "push", pushed),
    ],
    { needs: NEEDS, estimateMs: 4 * 60_000 },
  );
}
