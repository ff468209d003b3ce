import { parseDuration } from "../../util/duration.js";
import type { JsonObject } from "../../util/json.js";
import type { Marks } from "../../world/marks.js";
import { makeAddress } from "../address.js";
import type { Address, DecideContext, DesiredNode, InstanceFacts, StepDraft } from "../kind.js";
import { marksOf } from "../marks-of.js";

const TOOLS = makeAddress("image", "tools");
const MINUTE = 60_000;

/** Size of an instance while it is built; workers get their own at the clone. */
const BUILD_SIZE = { cpus: 2, memoryBytes: 2 * 1024 ** 3 };

/** create → start → (push) → (provision) → seal. Steps that would do nothing are left out of the plan. */
export function buildSteps(
  context: DecideContext,
  desired: DesiredNode,
  marks: Marks,
  afterInstances: readonly string[],
): readonly StepDraft[] {
  const { attributes } = desired;
  const isGolden = context.address !== TOOLS;
  const step = (verb: string, rest: Partial<StepDraft> & { readonly inputs: JsonObject }): StepDraft => ({
    verb,
    instance: marks.name,
    class: "light",
    onInterrupt: "finish",
    timeoutMs: 30 * MINUTE,
    retries: 0,
    afterAddresses: [],
    afterInstances: [],
    rollout: null,
    ...rest,
  });
  const steps = [
    step("create", {
      class: "clone",
      afterAddresses: isGolden ? [TOOLS] : [],
      afterInstances,
      inputs: isGolden
        ? { source: marks.image, marks }
        : { source: null, marks, template: template(context, attributes) },
    }),
    step("start", { class: "boot", onInterrupt: "stop", timeoutMs: bootLimit(context, attributes), inputs: {} }),
  ];
  if (isGolden && attributes.commit !== null) {
    const { root } = context.sources.repository;
    const { commit = null, branch = null, guestPath = null } = attributes;
    steps.push(step("push", { class: "transfer", inputs: { root, commit, branch, guestPath } }));
  }
  if (attributes.hook !== null) {
    const { hook = null, env = {}, guestPath = null } = attributes;
    const name = isGolden ? "post_sync" : "post_provision";
    const cwd = isGolden && attributes.commit !== null ? guestPath : null;
    steps.push(
      step("provision", {
        class: "hook",
        onInterrupt: "stop",
        timeoutMs: 120 * MINUTE,
        inputs: { name, hook, env, cwd },
      }),
    );
  }
  steps.push(step("seal", { class: "clone", timeoutMs: 20 * MINUTE, inputs: {} }));
  return steps;
}

function template(context: DecideContext, attributes: JsonObject): JsonObject {
  const { entry = null, arch = null, vmType = null, user = null } = attributes;
  const disk = context.spec?.values["vm.disk"] ?? null;
  const cpus = Math.min(BUILD_SIZE.cpus, context.world.host.cpus);
  return { entry, arch, vmType, user, disk, cpus, memoryBytes: BUILD_SIZE.memoryBytes };
}

function bootLimit(context: DecideContext, attributes: JsonObject): number {
  const wanted = parseDuration(String(attributes.startTimeout ?? "10m"));
  return context.world.host.isEmulated ? wanted * 3 : wanted;
}

export function deleteStep(
  context: Pick<DecideContext, "project" | "owner">,
  address: Address,
  object: InstanceFacts,
): StepDraft {
  const marks = marksOf(object);
  const isResidue = marks === null || marks.name !== object.name;
  return {
    verb: "delete",
    instance: object.name,
    class: "light",
    onInterrupt: "finish",
    timeoutMs: 5 * MINUTE,
    retries: 0,
    // The protection that is taken away is the seal's own.
    inputs: { project: context.project, owner: context.owner, address, isResidue, unprotect: true },
    afterAddresses: [],
    afterInstances: [],
    rollout: null,
  };
}
