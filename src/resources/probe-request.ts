import type { ProbeRequest } from "../ports/probe.js";
import type { JsonObject } from "../util/json.js";
import { remember } from "../util/remember.js";
import { numberOf, textOf, textOrNull, textsOf } from "./inputs.js";
import type { HostFacts, InstanceFacts, ResolvedSpec, SourceFacts } from "./kind.js";

const LIMIT_MS = 10_000;
/** A fresh connection to an emulated guest costs seconds in its key exchange alone. */
const EMULATED_LIMIT_MS = 60_000;

/** How long a guest may take for its answer about work. Units: ms. */
export const probeLimitMs = ({ isEmulated }: Pick<HostFacts, "isEmulated">): number =>
  isEmulated ? EMULATED_LIMIT_MS : LIMIT_MS;

/**
 * What a guest is asked about its work: one answer for plans, status and the steps that end something.
 *
 * Shape: the folder is the one that code was last pushed to. A spec that names another one since must not hide work.
 */
export function probeRequestOf(
  facts: Pick<InstanceFacts, "name" | "readyAt" | "lastPush">,
  spec: ResolvedSpec | null,
  hostRoot: string | null,
): ProbeRequest {
  const { name, readyAt, lastPush } = facts;
  const { guestPath, workPaths, notWork } = spec === null ? NO_WISHES : wishesOf(spec);
  return {
    instance: name,
    guestPath: lastPush?.guestPath ?? guestPath,
    workPaths,
    notWork,
    hostRoot,
    madeAt: readyAt,
  };
}

type Wishes = Pick<ProbeRequest, "guestPath" | "workPaths" | "notWork">;

const NO_WISHES: Wishes = { guestPath: "~", workPaths: [], notWork: [] };

/** What the spec says of work, the same for all of its workers. */
const wishesOf = remember(
  ({ values }: ResolvedSpec): Wishes => ({
    guestPath: String(values["repo.path"] ?? NO_WISHES.guestPath),
    workPaths: texts(values["work.paths"]),
    notWork: texts(values["sync.from.exclude"]),
  }),
);

/** Work tree on the host; null outside a repository and in files mode: its commits say nothing about the worker's. */
export const hostRootOf = ({ repository }: SourceFacts): string | null =>
  repository.kind === "git" ? repository.root : null;

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** As inputs of a step, and back. Units: `limitMs`. */
export function encodeProbeRequest(request: ProbeRequest, limitMs: number): JsonObject {
  // Field by field: a copy by `...` costs the plan of a large fleet more than all else about a worker's work.
  const { instance, guestPath, workPaths, notWork, hostRoot, madeAt } = request;
  return { instance, guestPath, workPaths, notWork, hostRoot, madeAt, limitMs };
}

export function decodeProbeRequest(inputs: JsonObject, instance: string): ProbeRequest {
  return {
    instance,
    guestPath: textOf(inputs, "guestPath"),
    workPaths: textsOf(inputs, "workPaths"),
    notWork: textsOf(inputs, "notWork"),
    hostRoot: textOrNull(inputs, "hostRoot"),
    madeAt: textOrNull(inputs, "madeAt"),
  };
}

export const probeLimitIn = (inputs: JsonObject): number => numberOf(inputs, "limitMs");
