import { describe, expect, it } from "vitest";
import type { InstanceFacts } from "../../../../src/resources/kind.js";
import { workerDrift } from "../../../../src/resources/worker/drift.js";
import { GIB, heldWorkerOf, imagesOf, workerOf } from "../../../support/builders.js";

const { golden } = imagesOf();
const kindsOf = (facts: Partial<InstanceFacts>) =>
  workerDrift.findings(workerOf(1, golden, { facts })).map(({ kind }) => kind);

describe("drift of a worker", () => {
  it("is nothing while it is as its marks say", () => {
    expect(kindsOf({})).toEqual([]);
    expect(kindsOf({ readyAt: null })).toEqual([]);
  });

  it("is stopped, unless stop holds it", () => {
    expect(kindsOf({ status: "stopped" })).toEqual(["stopped"]);
    expect(workerDrift.findings(heldWorkerOf(1, golden))).toEqual([]);
  });

  it("is broken with Lima's own words, held or not", () => {
    const [finding] = workerDrift.findings(workerOf(1, golden, { facts: { status: "broken", errors: ["no pid"] } }));
    expect(finding).toEqual({ kind: "broken", text: "its host processes are half dead; no pid" });
    expect(workerDrift.findings({ ...heldWorkerOf(1, golden), status: "broken" })).toMatchObject([{ kind: "broken" }]);
  });

  it("is broken, once, where a restart cannot mend it", () => {
    const damage = { code: "disk_lost", text: "its disk is gone" } as const;
    expect(workerDrift.findings(workerOf(1, golden, { facts: { status: "stopped", damage } }))).toEqual([
      { kind: "broken", text: "its disk is gone" },
    ]);
    expect(kindsOf({ damage: { code: "repair_failed", text: "in vain" } })).toEqual([]);
  });

  it("is an open configuration in every state, held or not", () => {
    const openConfig = [{ key: "mounts", found: "[~]", expected: "none", file: "/x.yaml" }];
    expect(kindsOf({ openConfig })).toEqual(["open_config"]);
    expect(kindsOf({ openConfig, status: "stopped" })).toEqual(["stopped", "open_config"]);
    expect(kindsOf({ openConfig, status: "broken" })).toEqual(["broken", "open_config"]);
    const [held] = workerDrift.findings({ ...heldWorkerOf(1, golden), openConfig });
    expect(held).toEqual({
      kind: "open_config",
      text: "mounts is [~], not none (/x.yaml); it would not be started",
    });
  });

  it("is changed against the last applied size, not against the spec", () => {
    const [finding] = workerDrift.findings(workerOf(1, golden, { facts: { cpus: 2, memoryBytes: 8 * GIB } }));
    expect(finding).toEqual({ kind: "changed", text: "cpus 4 → 2, memory 4 GiB → 8 GiB" });
  });
});
