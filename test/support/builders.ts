import type { PlanInput } from "../../src/plan/input.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { makeAddress } from "../../src/resources/address.js";
import { bindingRules } from "../../src/resources/binding/rules.js";
import { imageRules } from "../../src/resources/image/rules.js";
import type { Address, DesiredNode, KindRules, ResolvedSpec } from "../../src/resources/kind.js";
import { workerRules } from "../../src/resources/worker/rules.js";
import { digestOf } from "../../src/util/digest.js";
import { MARKS_FORMAT, type Marks } from "../../src/world/marks.js";
import type { SourceFacts } from "../../src/world/sources.js";
import type { HostFacts, InstanceFacts, World } from "../../src/world/world.js";
import { resolveText } from "./resolve-text.js";

/* Specs, sources, instances and worlds with defaults: a test says only what matters to it. */

export const PROJECT = "app";
export const OWNER = "0123456789ab";
export const OTHER_OWNER = "ba9876543210";
export const NOW = "2026-11-01T00:00:00.000Z";
export const HEAD = "3f2a1c".padEnd(40, "0");
export const RULES: readonly KindRules[] = [imageRules, workerRules, bindingRules];
export const GIB = 1024 ** 3;

export const TOOLS = makeAddress("image", "tools");
export const GOLDEN = makeAddress("image", "golden");
export const worker = (slot: number): Address => makeAddress("worker", "default", slot);
export const binding = (slot: number): Address => makeAddress("binding", "default", slot);

export const HOST: HostFacts = {
  limaHome: "/home/me/.lima",
  os: "linux",
  arch: "x86_64",
  cpus: 8,
  memoryBytes: 64 * GIB,
  vmType: "qemu",
  isEmulated: false,
  cloneMethod: "linked",
  limaVersion: "2.2.0",
  maxNameLength: 60,
};

/** The resolved spec of this text, with all its defaults; `project` is put in front of it. */
export function specOf(text = ""): ResolvedSpec {
  return resolveText(`project = "${PROJECT}"\n${text}`).spec;
}

type GitFacts = Extract<SourceFacts["repository"], { kind: "git" }>;

export function sourcesOf(git: Partial<GitFacts> = {}, files: SourceFacts["fileDigests"] = {}): SourceFacts {
  const repository: GitFacts = {
    kind: "git",
    root: "/repo",
    head: HEAD,
    branch: "main",
    carried: { digest: "", count: 0, bytes: 0, keptOut: [] },
    imageInputs: [{ path: "package-lock.json", blob: "b10b" }],
    notes: [],
    ...git,
  };
  return { repository, fileDigests: files, ownFiles: ["limaform.toml"], problems: [] };
}

export const NO_REPOSITORY: SourceFacts = {
  repository: { kind: "none", root: "/repo" },
  fileDigests: {},
  ownFiles: ["limaform.toml"],
  problems: [],
};

/** What the kinds want of a spec: nodes by address. */
export function desiredOf(spec: ResolvedSpec, sources = sourcesOf(), host = HOST): ReadonlyMap<Address, DesiredNode> {
  const desired = new Map<Address, DesiredNode>();
  for (const rules of RULES) {
    const nodes = rules.compile({ spec, project: PROJECT, owner: OWNER, host, sources, desired });
    for (const node of nodes) desired.set(node.address, node);
  }
  return desired;
}

export const revisionOf = (address: Address, spec = specOf(), sources = sourcesOf(), host = HOST): string =>
  desiredOf(spec, sources, host).get(address)?.revision ?? "";

export function marksOfImage(address: Address, revision: string, changes: Partial<Marks> = {}): Marks {
  const kind = address === TOOLS ? "tools" : "golden";
  return {
    format: MARKS_FORMAT,
    project: PROJECT,
    owner: OWNER,
    role: "image",
    address,
    name: `${PROJECT}-${kind}-${revision.slice(0, 8)}`,
    slot: 0,
    revision,
    image: "",
    sealed: "2026-10-01T00:00:00.000Z",
    hold: "",
    applied: null,
    ...changes,
  };
}

export function marksOfWorker(slot: number, image: Marks, changes: Partial<Marks> = {}): Marks {
  return {
    ...image,
    role: "worker",
    address: worker(slot),
    name: `${PROJECT}-worker-${slot}`,
    slot,
    image: image.name,
    sealed: "",
    applied: { cpus: 4, memoryBytes: 4 * GIB, diskBytes: 30 * GIB },
    ...changes,
  };
}

/** An instance that is not ours unless marks are given. */
export function instanceOf(name: string, changes: Partial<InstanceFacts> = {}): InstanceFacts {
  return {
    name,
    dir: `${HOST.limaHome}/${name}`,
    status: "stopped",
    errors: [],
    hasConfig: true,
    marks: { kind: "none" },
    vmType: "qemu",
    arch: "x86_64",
    cpus: 4,
    memoryBytes: 4 * GIB,
    diskBytes: 30 * GIB,
    hostname: `lima-${name}`,
    isProtected: false,
    openConfig: [],
    readyAt: null,
    lastPush: null,
    ...changes,
  };
}

export function marked(marks: Marks, changes: Partial<InstanceFacts> = {}): InstanceFacts {
  return instanceOf(marks.name, { marks: { kind: "marks", marks }, ...changes });
}

/** A sealed, protected image. */
export function imageOf(address: Address, revision: string, changes: Partial<Marks> = {}): InstanceFacts {
  return marked(marksOfImage(address, revision, changes), { cpus: 2, memoryBytes: 2 * GIB, isProtected: true });
}

export interface WorkerChanges {
  readonly marks?: Partial<Marks>;
  readonly facts?: Partial<InstanceFacts>;
}

/** A worker that is ready, has the current code, and was cloned from this image. */
export function workerOf(slot: number, image: InstanceFacts, { marks, facts }: WorkerChanges = {}): InstanceFacts {
  const source = image.marks.kind === "marks" ? image.marks.marks : marksOfImage(GOLDEN, "0".repeat(64));
  return marked(marksOfWorker(slot, source, marks), {
    status: "running",
    readyAt: "2026-10-02T00:00:00.000Z",
    lastPush: { commit: HEAD, carriedDigest: "", base: HEAD, at: "2026-10-02T00:00:00.000Z" },
    ...facts,
  });
}

/** A worker that `stop` holds. */
export const heldWorkerOf = (slot: number, image: InstanceFacts): InstanceFacts =>
  workerOf(slot, image, { marks: { hold: "2026-10-03T00:00:00.000Z" }, facts: { status: "stopped" } });

export function worldOf(instances: readonly InstanceFacts[], changes: Partial<World> = {}): World {
  const sorted = [...instances].sort((left, right) => (left.name < right.name ? -1 : 1));
  return { host: HOST, instances: sorted, failures: [], work: {}, ...changes };
}

/** Both images of a spec as a finished apply left them. */
export function imagesOf(
  spec = specOf(),
  sources = sourcesOf(),
): {
  readonly tools: InstanceFacts;
  readonly golden: InstanceFacts;
} {
  const tools = imageOf(TOOLS, revisionOf(TOOLS, spec, sources));
  return { tools, golden: imageOf(GOLDEN, revisionOf(GOLDEN, spec, sources), { image: tools.name }) };
}

/** The whole fleet of a spec as a finished apply left it. */
export function fleetOf(spec = specOf(), sources = sourcesOf()): readonly InstanceFacts[] {
  const { tools, golden } = imagesOf(spec, sources);
  const count = Number(spec.values.workers);
  return [tools, golden, ...Array.from({ length: count }, (_, index) => workerOf(index + 1, golden))];
}

/** Everything a plan depends on; `apply` of the default spec on an empty host unless told otherwise. */
export function planInput(changes: Partial<PlanInput> = {}): PlanInput {
  const spec = changes.spec === undefined ? specOf() : changes.spec;
  return {
    rules: RULES,
    engine: "0.1.0",
    project: PROJECT,
    owner: OWNER,
    ownerPath: "/repo/.git",
    intent: { kind: "apply" },
    options: { targets: [], replaces: [], discardWork: [] },
    spec,
    specDigest: digestOf(spec?.values ?? null),
    warnings: [],
    sources: sourcesOf(),
    world: worldOf([]),
    unfinished: new Map(),
    now: NOW,
    ...changes,
  };
}

export const planOn = (changes: Partial<PlanInput> = {}) => makePlan(planInput(changes)).plan;

export const NO_OPTIONS: PlanInput["options"] = { targets: [], replaces: [], discardWork: [] };

/** `action address instance` of each change that does something. */
export function actionsOf(plan: { readonly changes: PlanChanges }): readonly string[] {
  return plan.changes
    .filter(({ action }) => action !== "none")
    .map(({ action, address, instance }) => `${action} ${address} ${instance}`);
}

type PlanChanges = ReturnType<typeof planOn>["changes"];
