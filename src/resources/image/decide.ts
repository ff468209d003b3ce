import { parseSize } from "../../util/bytes.js";
import type { Json } from "../../util/json.js";
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
import { cloneOrigin } from "./origin.js";
import { protection } from "./protection.js";
import { buildReason } from "./reason.js";
import { afterUsers, removal } from "./removal.js";
import { type Continuation, continuationOf, furthest, resumeText } from "./resume.js";
import { buildSteps, resumeSteps, stepsOf } from "./steps.js";
import { isUsable, isWhole, newestFirst, newestUsable, sealedAt } from "./usable.js";

const TOOLS = makeAddress("image", "tools");
const GOLDEN = makeAddress("image", "golden");

/** Images are immutable by revision: right and sealed, or built anew beside the old. Old ones go in `collect`. */
export function decide(context: DecideContext): Decided {
  const { intent, desired } = context;
  const hands = changedHands(context);
  if (hands !== null) return hands;
  if (intent.kind === "destroy") return destroyed(context);
  if (intent.kind === "prune") return keptByPrune(context);
  if (intent.kind !== "apply" || desired === null) return nothing();
  if (desired.revision === null) return { ...nothing(), problems: unbuildable(context, desired) };
  const current = newestUsable(context.objects, desired.revision);
  if (current !== null && !context.isForcedReplace) {
    return {
      ...nothing(),
      decisions: [
        ...leftovers(context, []),
        current.isProtected ? unchanged(context.address, current) : protection(context.address, current),
      ],
      outputs: { instance: current.name, revision: desired.revision, diskBytes: current.diskBytes },
      notes: notes(context, current),
    };
  }
  if (context.address === TOOLS && !context.isForcedReplace && goldenExists(context)) {
    return { ...nothing(), decisions: leftovers(context, []) };
  }
  const problems = context.address === TOOLS ? fileProblems(context, desired) : [];
  if (problems.length > 0) return { ...nothing(), problems };
  return built(context, desired);
}

const nothing = (): Decided => ({ decisions: [], outputs: {}, problems: [], notes: [] });

/** The image that the spec wants; of golden images, while that one is not built, the newest: workers may still be made from it. */
function keptByPrune({ address, objects, desired }: DecideContext): Decided {
  const newest = address === GOLDEN ? objects.filter((object) => sealedAt(object) !== "").sort(newestFirst) : [];
  const kept =
    (desired === null || desired.revision === null ? null : newestUsable(objects, desired.revision)) ??
    newest.find(isWhole) ??
    newest[0];
  return kept === undefined ? nothing() : { ...nothing(), outputs: { instance: kept.name } };
}

const unfinishedOf = ({ objects }: DecideContext): readonly InstanceFacts[] =>
  objects.filter((object) => sealedAt(object) === "");

/** Builds that did not reach the seal and are not gone on with, and what cut-off clones left: deleted before anything is built. */
function leftovers(context: DecideContext, judged: readonly Continuation[], kept?: InstanceFacts): readonly Decision[] {
  const interrupted = { code: "interrupted_clone", text: "left by a clone that was cut off" };
  const unfinished = unfinishedOf(context);
  return [
    ...unfinished.flatMap((object, index) => {
      if (object === kept) return [];
      const judgement = judged[index];
      const why = judgement?.kind === "anew" ? `, and cannot be gone on with: ${judgement.why}` : "";
      const reason = { code: "unfinished_build", text: `its build did not reach the seal${why}` };
      return [removal(context, context.address, object, reason)];
    }),
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

function built(context: DecideContext, desired: DesiredNode): Decided {
  const isGolden = context.address === GOLDEN;
  const tools = context.outputs.get(TOOLS) ?? {};
  // Nothing known to build it from: the problem stands at the tools image.
  if (isGolden && typeof tools.instance !== "string") return { ...nothing(), decisions: leftovers(context, []) };
  const source = isGolden ? context.byName.get(String(tools.instance)) : undefined;
  const diskBytes = wantedDisk(context, isGolden ? tools.diskBytes : 0);
  const origin = isGolden ? (source === undefined ? null : cloneOrigin(source)) : textOrNull(desired.attributes.origin);
  const judged = unfinishedOf(context).map((object) =>
    continuationOf(object, { origin, steps: stepsOf(desired), diskBytes }),
  );
  // A rebuild that was asked for is a clean one.
  const resume = context.isForcedReplace ? null : furthest(judged);
  const cleanups = leftovers(context, context.isForcedReplace ? [] : judged, resume?.object);
  const build =
    resume === null
      ? building(context, desired, { cleanups, source })
      : resuming(context, desired, { resume, source, diskBytes });
  const problem =
    openConfigProblem(context.address, resume?.object ?? source) ??
    (isGolden || resume !== null ? null : defaultsProblem(context.address, context.world.host.openDefaults ?? []));
  const madeBytes = isGolden && resume === null ? (tools.diskBytes ?? null) : diskBytes;
  return {
    ...nothing(),
    decisions: [...cleanups, build],
    outputs: { instance: build.instance, revision: desired.revision, diskBytes: madeBytes },
    problems: problem === null ? [] : [problem],
  };
}

const textOrNull = (value: Json | undefined): string | null => (typeof value === "string" ? value : null);

function wantedDisk({ spec }: DecideContext, atLeast: Json | undefined): number {
  const wanted = parseSize(String(spec?.values["vm.disk"] ?? "0B"));
  return Math.max(wanted, typeof atLeast === "number" ? atLeast : 0);
}

interface ResumeParts {
  readonly resume: Extract<Continuation, { kind: "resume" }>;
  readonly source: InstanceFacts | undefined;
  readonly diskBytes: number;
}

function resuming(context: DecideContext, desired: DesiredNode, { resume, source, diskBytes }: ResumeParts): Decision {
  const { object, from } = resume;
  const grown = object.diskBytes >= diskBytes ? null : diskBytes;
  return decisionOf({
    address: context.address,
    instance: object.name,
    action: "create",
    reasons: [{ code: "resume_build", text: resumeText(from) }],
    before: { instance: object.name, revision: marksOf(object)?.revision ?? null },
    after: { revision: desired.revision, from: marksOf(object)?.image ?? "" },
    basis: source === undefined ? [object] : [object, source],
    steps: resumeSteps(context, desired, object, { from, diskBytes: grown }),
  });
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

/** Where the code in the image comes from: a warm cache, which no commit alone makes old. */
function notes(context: DecideContext, object: InstanceFacts): readonly string[] {
  if (context.address !== GOLDEN) return [];
  const pushed =
    context.sources.repository.kind === "git" ? object.build?.done.find(({ name }) => name === "push") : null;
  const commit = pushed?.version ?? null;
  const since = commit === null ? undefined : context.commitsSince?.[commit];
  const ago = since === undefined || since === 0 ? "" : `, ${since} ${since === 1 ? "commit" : "commits"} ago`;
  const from = commit === null ? `sealed ${sealedAt(object)}` : `built from commit ${commit.slice(0, 8)}${ago}`;
  return [`golden image ${object.name}, ${from}, inputs unchanged`];
}
