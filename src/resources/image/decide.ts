import { parseSize } from "../../util/bytes.js";
import { MARKS_FORMAT, type Marks } from "../../world/marks.js";
import { makeAddress } from "../address.js";
import { defaultsProblem, openConfigProblem } from "../closed.js";
import { decisionOf } from "../decision.js";
import { changedHands } from "../hands.js";
import type {
  Address,
  DecideContext,
  Decided,
  Decision,
  DesiredNode,
  InstanceFacts,
  PlanProblem,
  Reason,
} from "../kind.js";
import { marksOf } from "../marks-of.js";
import { freeName } from "../names.js";
import { fileProblems } from "./file-problems.js";
import { protection } from "./protection.js";
import { buildReason } from "./reason.js";
import { afterUsers, removal } from "./removal.js";
import { buildSteps } from "./steps.js";
import { isUsable, newestUsable, sealedAt } from "./usable.js";

const TOOLS = makeAddress("image", "tools");
const GOLDEN = makeAddress("image", "golden");

/** Images are immutable by revision: right and sealed, or built anew beside the old. Old ones go in `collect`. */
export function decide(context: DecideContext): Decided {
  const { intent, desired } = context;
  const hands = changedHands(context);
  if (hands !== null) return hands;
  if (intent.kind === "destroy") return destroyed(context);
  if (intent.kind !== "apply" || desired === null) return nothing();
  if (desired.revision === null) return { ...nothing(), problems: unbuildable(context, desired) };
  const cleanups = leftovers(context);
  const current = newestUsable(context.objects, desired.revision);
  if (current !== null && !context.isForcedReplace) {
    return {
      ...nothing(),
      decisions: [
        ...cleanups,
        current.isProtected ? unchanged(context.address, current) : protection(context.address, current),
      ],
      outputs: { instance: current.name, revision: desired.revision, diskBytes: current.diskBytes },
      notes: notes(context, current),
    };
  }
  if (context.address === TOOLS && !context.isForcedReplace && goldenExists(context)) {
    return { ...nothing(), decisions: cleanups };
  }
  const problems = context.address === TOOLS ? fileProblems(context, desired) : [];
  if (problems.length > 0) return { ...nothing(), problems };
  return built(context, desired, cleanups);
}

const nothing = (): Decided => ({ decisions: [], outputs: {}, problems: [], notes: [] });

/** Builds that did not reach the seal, and what cut-off clones left: deleted before anything is built. */
function leftovers(context: DecideContext): readonly Decision[] {
  const unfinished = { code: "unfinished_build", text: "its build did not reach the seal" };
  const interrupted = { code: "interrupted_clone", text: "left by a clone that was cut off" };
  return [
    ...context.objects
      .filter((object) => sealedAt(object) === "")
      .map((object) => removal(context, context.address, object, unfinished)),
    ...context.residues.map((object) => removal(context, context.address, object, interrupted)),
  ];
}

/** The tools image is only a step on the way: with the wanted golden there, nobody needs it. */
function goldenExists(context: DecideContext): boolean {
  const revision = context.graph.get(GOLDEN)?.revision ?? null;
  if (revision === null || context.forcedReplaces.has(GOLDEN)) return false;
  return context.world.instances.some((object) => {
    const marks = marksOf(object);
    const isOurs = marks !== null && marks.project === context.project && marks.owner === context.owner;
    return isOurs && marks.address === GOLDEN && isUsable(object, revision);
  });
}

function built(context: DecideContext, desired: DesiredNode, cleanups: readonly Decision[]): Decided {
  const isGolden = context.address === GOLDEN;
  const tools = context.outputs.get(TOOLS) ?? {};
  // Nothing known to build it from: the problem stands at the tools image.
  if (isGolden && typeof tools.instance !== "string") return { ...nothing(), decisions: cleanups };
  const source = isGolden ? context.byName.get(String(tools.instance)) : undefined;
  const diskBytes = isGolden ? (tools.diskBytes ?? null) : parseSize(String(context.spec?.values["vm.disk"] ?? "0B"));
  const problem =
    openConfigProblem(context.address, source) ??
    (isGolden ? null : defaultsProblem(context.address, context.world.host.openDefaults ?? []));
  const build = building(context, desired, { cleanups, source });
  return {
    ...nothing(),
    decisions: [...cleanups, build],
    outputs: { instance: build.instance, revision: desired.revision, diskBytes },
    problems: problem === null ? [] : [problem],
  };
}

interface BuildParts {
  readonly cleanups: readonly Decision[];
  /** The tools image as it is, where it is there already. */
  readonly source: InstanceFacts | undefined;
}

function building(context: DecideContext, desired: DesiredNode, { cleanups, source }: BuildParts): Decision {
  const freed = new Set(cleanups.map(({ instance }) => instance));
  const isTaken = (name: string) => context.takenNames.has(name) && !freed.has(name);
  const name = freeName(String(desired.attributes.baseName), "b", isTaken);
  const from = context.address === GOLDEN ? String(context.outputs.get(TOOLS)?.instance ?? "") : "";
  const marks: Marks = {
    format: MARKS_FORMAT,
    project: context.project,
    owner: context.owner,
    role: "image",
    address: context.address,
    name,
    slot: 0,
    revision: desired.revision ?? "",
    image: from,
    sealed: "",
    hold: "",
    applied: null,
  };
  return decisionOf({
    address: context.address,
    instance: name,
    action: "create",
    reasons: [buildReason(context, desired)],
    after: { revision: desired.revision, from },
    basis: source === undefined ? [] : [source],
    steps: buildSteps(context, desired, marks, freed.has(name) ? [name] : []),
  });
}

function destroyed(context: DecideContext): Decided {
  const { intent, address } = context;
  const isKept = intent.kind === "destroy" && (intent.keepImages || intent.workersOnly);
  if (isKept) return nothing();
  const objects = [...context.objects, ...context.residues];
  const reason: Reason = { code: "destroy", text: "destroy was asked for" };
  return {
    ...nothing(),
    decisions: objects.map((object) => afterUsers(context, removal(context, address, object, reason))),
  };
}

function unbuildable(context: DecideContext, desired: DesiredNode): readonly PlanProblem[] {
  if (context.address !== TOOLS) return [];
  const arch = String(desired.attributes.arch ?? context.world.host.arch);
  return [
    {
      code: "PLAN_NO_IMAGE_FOR_ARCH",
      text: `vm.image has no entry for ${arch}`,
      hint: "add an entry with that arch to vm.image, or set vm.arch, then: limaform plan",
      addresses: [context.address],
    },
  ];
}

function unchanged(address: Address, object: InstanceFacts): Decision {
  const facts = { instance: object.name, revision: marksOf(object)?.revision ?? null };
  return decisionOf({
    address,
    instance: object.name,
    action: "none",
    before: facts,
    after: facts,
    basis: [object],
  });
}

const notes = (context: DecideContext, object: InstanceFacts): readonly string[] =>
  context.address === GOLDEN ? [`golden image ${object.name}, sealed ${sealedAt(object)}, inputs unchanged`] : [];
