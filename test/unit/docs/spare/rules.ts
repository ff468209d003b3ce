import { makeAddress, parseAddress } from "../../../../src/resources/address.js";
import { decisionOf } from "../../../../src/resources/decision.js";
import {
  type CompileContext,
  type DecideContext,
  type Decided,
  type Decision,
  type DesiredNode,
  type InstanceFacts,
  type KindDrift,
  type KindRules,
  type Reason,
  type StepDraft,
  specValue,
} from "../../../../src/resources/kind.js";
import { marksOf } from "../../../../src/resources/marks-of.js";
import { MARKS_FORMAT, type Marks } from "../../../../src/world/marks.js";
import { spare } from "./spec.js";

const GOLDEN = makeAddress("image", "golden");
const SPARE = makeAddress("spare", "main");

const drift: KindDrift = {
  wanted: (spec) => (specValue(spec, spare) ? [SPARE] : []),
  isMissed: () => true,
  findings: ({ status }) => (status === "running" ? [{ kind: "changed", text: "it was started" }] : []),
};

/** The kind of the guide, docs/adding-a-kind.md: a stopped clone of the golden image. */
export const spareRules: KindRules = {
  kind: "spare",
  summary: "a stopped clone of the golden image",
  keys: [spare],
  files: () => [],
  compile,
  addressOf: ({ address }) => (parseAddress(address)?.kind === "spare" ? SPARE : null),
  addressOfName: (project, name) => (name === `${project}-spare` ? SPARE : null),
  decide,
  drift,
};

function compile({ spec, project, desired }: CompileContext): readonly DesiredNode[] {
  if (!specValue(spec, spare)) return [];
  const revision = desired.get(GOLDEN)?.revision ?? null;
  const attributes = { baseName: `${project}-spare` };
  return [{ address: SPARE, kind: "spare", dependsOn: [GOLDEN], attributes, revision }];
}

function decide(context: DecideContext): Decided {
  const { intent, desired, objects, residues } = context;
  const golden = context.outputs.get(GOLDEN)?.instance;
  const isWanted = intent.kind === "apply" && desired !== null;
  const current = objects.find((object) => marksOf(object)?.revision === desired?.revision);
  if (intent.kind === "stop" || intent.kind === "start") return decided([]);
  if (isWanted && current !== undefined) return decided([keep(context, current)]);
  const removals = [...objects, ...residues].map((object) => removal(context, object));
  if (!isWanted || typeof golden !== "string") return decided(removals);
  return decided([...removals, creation(context, golden)]);
}

const decided = (decisions: readonly Decision[]): Decided => ({ decisions, outputs: {}, problems: [], notes: [] });

const keep = ({ address }: DecideContext, object: InstanceFacts): Decision =>
  decisionOf({ address, instance: object.name, action: "none", basis: [object] });

function removal({ address, project, owner }: DecideContext, object: InstanceFacts): Decision {
  const isResidue = marksOf(object)?.name !== object.name;
  const reason: Reason = { code: "not_wanted", text: "it is not wanted as it is" };
  const inputs = { project, owner, address, isResidue };
  const steps = [step("delete", object.name, { inputs })];
  return decisionOf({
    address,
    instance: object.name,
    action: "delete",
    reasons: [reason],
    basis: [object],
    steps,
  });
}

function creation({ address, project, owner, desired }: DecideContext, source: string): Decision {
  const name = `${project}-spare`;
  const revision = desired?.revision ?? "";
  const whose = { format: MARKS_FORMAT, project, owner, address, name };
  const marks: Marks = {
    ...whose,
    ...{ role: "image", slot: 0, revision, image: source, sealed: "", hold: "", applied: null },
  };
  const create = step("create", name, {
    class: "clone",
    inputs: { source, marks },
    afterAddresses: [GOLDEN],
    afterInstances: [name],
  });
  const reasons = [{ code: "missing", text: "not there" }];
  return decisionOf({ address, instance: name, action: "create", reasons, after: { revision }, steps: [create] });
}

const step = (verb: string, instance: string, rest: Partial<StepDraft> & Pick<StepDraft, "inputs">): StepDraft => ({
  verb,
  instance,
  class: "light",
  onInterrupt: "finish",
  timeoutMs: 5 * 60_000,
  retries: 0,
  afterAddresses: [],
  afterInstances: [],
  rollout: null,
  ...rest,
});
