import { parseDuration } from "../../util/duration.js";
import type { Json, JsonObject } from "../../util/json.js";
import type { Marks } from "../../world/marks.js";
import { makeAddress } from "../address.js";
import type { Address, DecideContext, DesiredNode, InstanceFacts, StepClass, StepDraft } from "../kind.js";
import { marksOf } from "../marks-of.js";
import type { BuildStep } from "./build-step.js";
import { type ResumePoint, SEAL } from "./resume.js";

const TOOLS = makeAddress("image", "tools");
const MINUTE = 60_000;
/** The driver keeps a step's own limit, and then ends what runs in the guest. */
const ENDING_MS = 2 * MINUTE;

/** Size of an instance while it is built; workers get their own at the clone. */
const BUILD_SIZE = { cpus: 2, memoryBytes: 2 * 1024 ** 3 };

const CLASSES: Readonly<Record<string, StepClass>> = { code: "transfer" };

export const stepsOf = ({ attributes }: DesiredNode): readonly BuildStep[] =>
  (attributes.steps ?? []) as unknown as readonly BuildStep[];

/** create → start → build steps → seal. Steps that would do nothing are left out of the plan. */
export function buildSteps(
  context: DecideContext,
  desired: DesiredNode,
  marks: Marks,
  afterInstances: readonly string[],
): readonly StepDraft[] {
  const { attributes } = desired;
  const isGolden = context.address !== TOOLS;
  const step = drafts(marks.name);
  return [
    step("create", {
      class: "clone",
      afterAddresses: isGolden ? [TOOLS] : [],
      afterInstances,
      inputs: isGolden
        ? { source: marks.image, marks }
        : { source: null, marks, template: template(context, attributes), origin: attributes.origin ?? null },
    }),
    step("start", { class: "boot", onInterrupt: "stop", timeoutMs: bootLimit(context, attributes), inputs: {} }),
    ...stepsOf(desired).map((build) => buildStep(step, build)),
    sealStep(step, desired),
  ];
}

/** start → the build steps that are left → seal. `diskBytes`: what the disk is grown to before the start; null = as it is. */
export function resumeSteps(
  context: DecideContext,
  desired: DesiredNode,
  object: InstanceFacts,
  resume: { readonly from: ResumePoint; readonly diskBytes: number | null },
): readonly StepDraft[] {
  const { from, diskBytes } = resume;
  const step = drafts(object.name);
  const timeoutMs = bootLimit(context, desired.attributes);
  const start = step("start", {
    class: "boot",
    onInterrupt: "stop",
    timeoutMs,
    inputs: { resume: from.step, diskBytes },
  });
  const left = from.left.map((build) => buildStep(step, build));
  return [start, ...left, sealStep(step, desired)];
}

type Draft = (verb: string, rest: Partial<StepDraft> & { readonly inputs: JsonObject }) => StepDraft;

const drafts =
  (instance: string): Draft =>
  (verb, rest) => ({
    verb,
    instance,
    class: "light",
    onInterrupt: "finish",
    timeoutMs: 30 * MINUTE,
    retries: 0,
    afterAddresses: [],
    afterInstances: [],
    rollout: null,
    ...rest,
  });

const buildStep = (step: Draft, build: BuildStep): StepDraft =>
  step(build.name, {
    class: CLASSES[build.kind] ?? "hook",
    onInterrupt: build.kind === "code" ? "finish" : "stop",
    timeoutMs: build.timeoutMs + ENDING_MS,
    inputs: { build: build as unknown as Json },
  });

/** The revision is written with the seal: a build that went on after a change has become another one. */
const sealStep = (step: Draft, { revision, attributes }: DesiredNode): StepDraft => {
  const { record = null, allowed = [], repository = null } = attributes;
  return step(SEAL, { class: "clone", timeoutMs: 20 * MINUTE, inputs: { revision, record, allowed, repository } });
};

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
