import { makeAddress } from "../address.js";
import { type Address, type CollectContext, type Decision, type InstanceFacts, specValue } from "../kind.js";
import { marksOf } from "../marks-of.js";
import { protection } from "./protection.js";
import { afterUsers, removal } from "./removal.js";
import { imageKeep } from "./spec.js";
import { isWhole, newestFirst, sealedAt } from "./usable.js";

const TOOLS = makeAddress("image", "tools");
const GOLDEN = makeAddress("image", "golden");

/**
 * Old images that nobody needs any more: those that nothing descends from, beyond the `image.keep` newest; then tools
 * images that no golden image that stays was cloned from. Old ones that stay are protected again where somebody took that
 * away.
 *
 * Shape: nothing is collected while it is unknown which golden image is the wanted one. An old image goes after its
 * successor is built and after all that was cloned from it: what fails on the way keeps it.
 */
export function collect(context: CollectContext): readonly Decision[] {
  const wanted = instanceAt(context, GOLDEN);
  const keep = keptImages(context);
  if (keep === null || wanted === null) return [];
  const sealed = (address: Address) =>
    (context.addresses.get(address) ?? []).filter((object) => sealedAt(object) !== "");
  // Of all names only those that are asked about: there may be thousands of workers, and images are few.
  const asked = new Set([...sealed(GOLDEN), ...sealed(TOOLS)].map(({ name }) => name));
  const names = context.predicted.staying(asked);
  const present = (address: Address) => sealed(address).filter(({ name }) => names.has(name));

  const goldens = present(GOLDEN);
  const older = goldens.filter(({ name }) => name !== wanted).sort(newestFirst);
  // What is no longer what was sealed is nothing to go back to. One that runs, somebody looks into: not yet.
  const kept = older
    .filter(isWhole)
    .slice(0, keep)
    .map(({ name }) => name);
  const goldensGone = without(goldens, [wanted, ...kept], context.predicted.instances);
  const gone = new Set(goldensGone.map(({ name }) => name));
  const left = () => context.predicted.instances().filter(({ name }) => !gone.has(name));
  const toolsGone = without(present(TOOLS), [instanceAt(context, TOOLS) ?? ""], left);
  const protections = () => [
    ...unprotected(goldens, [wanted, ...gone]).map((object) => protection(GOLDEN, object)),
    ...unprotected(present(TOOLS), [instanceAt(context, TOOLS) ?? "", ...toolsGone.map(({ name }) => name)]).map(
      (object) => protection(TOOLS, object),
    ),
  ];
  return [
    ...goldensGone.map((object) => collected(context, GOLDEN, object)),
    ...toolsGone.map((object) => collected(context, TOOLS, object)),
    ...(context.intent.kind === "prune" ? [] : protections()),
  ];
}

/** How many older golden images stay although nothing descends from them; null where nothing is to be collected. */
function keptImages({ intent, spec }: CollectContext): number | null {
  if (intent.kind === "prune") return intent.keep;
  return intent.kind === "apply" && spec !== null ? specValue(spec, imageKeep) : null;
}

/** Whole and stopped, so that drift would name them; those that `decide` answers for, or that go, are the others. */
const unprotected = (objects: readonly InstanceFacts[], others: readonly string[]): readonly InstanceFacts[] =>
  objects.filter(
    (object) => object.status === "stopped" && isWhole(object) && !object.isProtected && !others.includes(object.name),
  );

function instanceAt({ outputs }: CollectContext, address: Address): string | null {
  const instance = outputs.get(address)?.instance;
  return typeof instance === "string" ? instance : null;
}

function without(
  objects: readonly InstanceFacts[],
  kept: readonly string[],
  instances: () => readonly InstanceFacts[],
): readonly InstanceFacts[] {
  const spare = objects.filter(({ name }) => !kept.includes(name));
  // Mostly there is nothing to collect, and then nobody needs to look at thousands of workers.
  if (spare.length === 0) return [];
  const used = sourcesOf(instances());
  return spare.filter(({ name }) => !used.has(name));
}

/** Instances that some other one, foreign copies too, says it was cloned from. */
function sourcesOf(instances: readonly InstanceFacts[]): ReadonlySet<string> {
  return new Set(
    instances.flatMap((instance) => {
      const marks = marksOf(instance);
      if (marks === null) return [];
      return marks.name === instance.name ? [marks.image] : [marks.image, marks.name];
    }),
  );
}

function collected(context: CollectContext, address: Address, object: InstanceFacts): Decision {
  const reason = { code: "image_unused", text: "nothing descends from it any more" };
  const decision = afterUsers(context, removal(context, address, object, reason));
  return { ...decision, steps: decision.steps.map((step) => ({ ...step, afterAddresses: [GOLDEN] })) };
}
