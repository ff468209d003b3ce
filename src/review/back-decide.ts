import { assertNever } from "../util/assert-never.js";
import type { Category } from "./categories.js";

/** What git would store of a path: mode and object; null = not there. */
export type Version = { readonly mode: string; readonly id: string } | null;

/** What the host has at a path: a version, or something in the way that git cannot hold or that must not be crossed. */
export type HostVersion =
  | { readonly kind: "version"; readonly version: Version }
  | { readonly kind: "blocked"; readonly why: string };

export interface BackCase {
  /** What both sides last agreed on. */
  readonly base: Version;
  readonly worker: Version;
  readonly host: HostVersion;
  /** Rules of `review/` that the worker's version breaks. */
  readonly broken: readonly string[];
  readonly categories: readonly Category[];
}

/**
 * What becomes of one path that the worker changed.
 *
 * `same`: both sides have it already. `take`: it may be written unattended. `waits`: it may be written once a person says
 * so (flagged, or a deletion). `conflict`: the host changed it too; both versions stay. `refused`: never.
 */
export type Decision =
  | { readonly what: "same" }
  | { readonly what: "take" }
  | { readonly what: "waits"; readonly for: "review" | "delete" }
  | { readonly what: "conflict"; readonly why: string }
  | { readonly what: "refused"; readonly why: string };

/** Source: reference/sync.md §6, rules 6 to 8, 17, 19; design page §7. */
export function decideBack({ base, worker, host, broken, categories }: BackCase): Decision {
  const rule = broken[0];
  if (worker !== null && rule !== undefined) return { what: "refused", why: rule };
  if (host.kind === "blocked") return { what: "conflict", why: host.why };
  if (isSameVersion(host.version, worker)) return { what: "same" };
  if (!isSameVersion(host.version, base)) return { what: "conflict", why: describeHost(base, host.version) };
  if (worker === null) return { what: "waits", for: "delete" };
  return categories.length > 0 ? { what: "waits", for: "review" } : { what: "take" };
}

export function isSameVersion(left: Version, right: Version): boolean {
  if (left === null || right === null) return left === right;
  return left.mode === right.mode && left.id === right.id;
}

function describeHost(base: Version, host: Version): string {
  if (host === null) return "deleted_on_host";
  return base === null ? "made_on_host" : "changed_on_host";
}

/** What a person or a flag has agreed to. */
export interface BackConsent {
  /** Categories taken by name; `spec` is never among them. */
  readonly allow: readonly string[];
  readonly deletions: boolean;
  /** True only where a person has seen the list and said yes: the spec and a halted pull too. */
  readonly reviewed: boolean;
}

export const UNATTENDED: BackConsent = { allow: [], deletions: false, reviewed: false };

/** True where this decision is carried out with that consent. */
export function isTaken(decision: Decision, categories: readonly Category[], consent: BackConsent): boolean {
  switch (decision.what) {
    case "take":
      return true;
    case "waits":
      if (consent.reviewed) return true;
      // A deletion of what could run needs both words.
      if (decision.for === "delete" && !consent.deletions) return false;
      return categories.every((category) => category !== "spec" && consent.allow.includes(category));
    case "same":
    case "conflict":
    case "refused":
      return false;
    default:
      return assertNever(decision);
  }
}
