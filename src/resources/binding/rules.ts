import { showSize } from "../../util/bytes.js";
import type { JsonObject } from "../../util/json.js";
import { remember } from "../../util/remember.js";
import { makeAddress, slotOf } from "../address.js";
import { decidedOf, decisionOf, draftOf, NONE } from "../decision.js";
import {
  type CompileContext,
  type DecideContext,
  type Decided,
  type Decision,
  type DesiredNode,
  type InstanceFacts,
  type KindRules,
  NO_OUTPUTS,
  type Reason,
  specValue,
} from "../kind.js";
import { bindingKeys, repoPath, repoUncommitted, syncToExclude, syncToInclude } from "./spec.js";

const PUSH_LIMIT_MS = 30 * 60_000;

/** The tie between the repository and one worker. It has no instance of its own: it is observed from the last push. */
export const bindingRules: KindRules = {
  kind: "binding",
  summary: "the repository's code in one worker",
  keys: bindingKeys,
  files: () => [],
  compile,
  addressOf: () => null,
  addressOfName: () => null,
  decide,
};

function compile({ spec, project, owner, sources, desired }: CompileContext): readonly DesiredNode[] {
  const { repository } = sources;
  if (repository.kind === "none" || (repository.kind === "git" && repository.head === null)) return [];
  const carry = repository.kind === "files" || specValue(spec, repoUncommitted);
  const attributes = {
    mode: repository.kind,
    project,
    owner,
    root: repository.root,
    ownFiles: sources.ownFiles,
    include: specValue(spec, syncToInclude),
    skip: specValue(spec, syncToExclude),
    guestPath: specValue(spec, repoPath),
    commit: repository.kind === "git" ? repository.head : "",
    branch: repository.kind === "git" ? repository.branch : null,
    carriedDigest: carry ? repository.carried.digest : "",
    carriedCount: carry ? repository.carried.count : 0,
    carriedBytes: carry ? repository.carried.bytes : 0,
  };
  return [...desired.values()]
    .filter((node) => node.kind === "worker")
    .map((node) => ({
      address: makeAddress("binding", "default", slotOf(node.address)),
      kind: "binding",
      dependsOn: [node.address],
      attributes,
      revision: null,
    }));
}

function decide(context: DecideContext): Decided {
  const decision =
    context.intent.kind === "apply" && context.desired !== null ? freshness(context, context.desired) : null;
  return decision === null
    ? decidedOf({})
    : { decisions: [decision], outputs: NO_OUTPUTS, problems: NONE, notes: NONE };
}

function freshness(context: DecideContext, desired: DesiredNode): Decision | null {
  const worker = desired.dependsOn[0];
  const { instance, state } = (worker === undefined ? undefined : context.outputs.get(worker)) ?? {};
  if (worker === undefined || typeof instance !== "string") return null;
  if (state === "fresh") return push(context, desired, instance, contentOf(desired.attributes).isNew);
  const object = context.byName.get(instance);
  const reason = difference(desired, object);
  if (reason === null) return none(context, instance, NONE);
  if (state === "held")
    return none(context, instance, [{ code: "worker_held", text: `${reason.text}; the worker is held` }]);
  // A stopped guest cannot be asked; what was found at its stop may stand instead.
  const finding = context.world.work[instance];
  if (finding === undefined ? state !== "ready" : finding.kind === "unknown") {
    const text = `${reason.text}; whether the worker has work is unknown, so nothing is pushed`;
    return none(context, instance, [{ code: "push_withheld_unknown", text }]);
  }
  if (finding?.kind === "known" && finding.items.length > 0) {
    const text = `${reason.text}; the worker has work of its own, so nothing is pushed`;
    return none(context, instance, [{ code: "push_withheld_has_work", text }]);
  }
  return {
    ...push(context, desired, instance, [reason]),
    asks: [instance],
    basis: object === undefined ? [] : [object],
  };
}

function difference(desired: DesiredNode, object: InstanceFacts | undefined): Reason | null {
  const last = object?.lastPush ?? null;
  if (last === null) return { code: "never_pushed", text: contentText(desired) };
  if (last.commit !== desired.attributes.commit && desired.attributes.mode === "git") {
    return { code: "commit_changed", text: `${contentText(desired)} (there: ${last.commit.slice(0, 8)})` };
  }
  if (last.carriedDigest !== desired.attributes.carriedDigest) {
    const code = desired.attributes.mode === "git" ? "uncommitted_changed" : "files_changed";
    return { code, text: contentText(desired) };
  }
  return null;
}

const contentText = ({ attributes }: DesiredNode): string => contentOf(attributes).text;

/** What all bindings of a repository have in common. */
const contentOf = remember((attributes: JsonObject) => {
  const text = describe(attributes);
  return {
    text,
    isNew: [{ code: "new_worker", text }],
    after: fingerprintOf(attributes),
    inputs: { ...attributes, isFresh: false },
    freshInputs: { ...attributes, isFresh: true },
  };
});

/** `commit 3f2a1c04 and 2 uncommitted files (8 KiB)`; read on as "… to worker 1". */
function describe(attributes: JsonObject): string {
  const count = Number(attributes.carriedCount);
  if (attributes.mode === "files")
    return `${count} ${count === 1 ? "file" : "files"} (${showSize(Number(attributes.carriedBytes))})`;
  const commit = `commit ${String(attributes.commit).slice(0, 8)}`;
  if (count === 0) return commit;
  const files = `${count} uncommitted ${count === 1 ? "file" : "files"}`;
  return `${commit} and ${files} (${showSize(Number(attributes.carriedBytes))})`;
}

function push(context: DecideContext, desired: DesiredNode, instance: string, reasons: readonly Reason[]): Decision {
  const { freshInputs, inputs, after, isNew } = contentOf(desired.attributes);
  const isFresh = reasons === isNew;
  return {
    address: context.address,
    instance,
    action: "push",
    reasons,
    // A new worker may have the name of the one it replaces, but not its code.
    before: isFresh ? null : lastPushed(context, instance),
    after,
    steps: [
      draftOf({
        verb: "push",
        instance,
        class: "transfer",
        timeoutMs: PUSH_LIMIT_MS,
        retries: 1,
        inputs: isFresh ? freshInputs : inputs,
        afterAddresses: desired.dependsOn,
      }),
    ],
    replaced: null,
    basis: NONE,
    endangers: NONE,
    asks: NONE,
    wasBroken: false,
  };
}

function none(context: DecideContext, instance: string, reasons: readonly Reason[]): Decision {
  const before = lastPushed(context, instance);
  return decisionOf({ address: context.address, instance, action: "none", reasons, before, after: before });
}

function lastPushed({ byName }: DecideContext, instance: string): JsonObject | null {
  const last = byName.get(instance)?.lastPush ?? null;
  return last === null ? null : { commit: last.commit, carriedDigest: last.carriedDigest };
}

function fingerprintOf({ commit = null, carriedDigest = null }: JsonObject): JsonObject {
  return { commit, carriedDigest };
}
