import type { BuildNote, DoneStep } from "./build.js";

/**
 * Where an image comes from: written right before its seal, kept on the host, and of no use for another sealing.
 *
 * Shape: `sealedAt` is the image's own mark; a record whose mark differs speaks of an image that is gone. Lists sorted.
 */
export type ImageRecord = {
  readonly instance: string;
  readonly address: string;
  readonly revision: string;
  /** ISO 8601, UTC. */
  readonly sealedAt: string;
  readonly startedAt: string;
  /** Instance that it was cloned from; empty for the first of the chain. */
  readonly from: string;
  readonly builtBy: BuiltBy;
  /** Null for an image that was cloned from another one. */
  readonly base: BaseImage | null;
  /** The commit that the code was checked out from; null where there is none. */
  readonly commit: string | null;
  /** By part of the spec, or name of a step: digest of what decided the revision. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly steps: readonly DoneStep[];
  /** Where the build was taken up again after it had been cut off; empty = built in one go. */
  readonly resumed: BuildNote["resumed"];
  /** As the guest's own `os-release` has it; empty where there is none. */
  readonly os: string;
  readonly kernel: string;
  readonly packages: readonly InstalledPackage[];
  readonly scan: ScanSummary;
  /** Used on the guest's root file system at the end; null where it could not be told. Units: bytes. */
  readonly usedBytes: number | null;
};

export type BuiltBy = {
  /** `user@host`. */
  readonly who: string;
  readonly limaform: string;
  readonly lima: string;
};

export type BaseImage = {
  readonly location: string;
  readonly arch: string;
  /** Of the file behind a URL as the spec pins it, or of a local file's content; null = neither. */
  readonly digest: string | null;
};

export type InstalledPackage = {
  /** `deb`, `rpm`, `apk`, `npm`, `pip`, `cargo`. */
  readonly sort: string;
  readonly name: string;
  readonly version: string;
  /** Empty where the sort has none. */
  readonly arch: string;
};

/** What the scan for secrets saw. Units: milliseconds. */
export type ScanSummary = {
  readonly files: number;
  readonly elapsedMs: number;
  /** What looks like a secret and was passed over; at most the first of many. */
  readonly passed: readonly { readonly kind: string; readonly why: string; readonly path: string }[];
  readonly passedCount: number;
  /** Declared secrets whose values were not looked for: not known on this host, or too short. */
  readonly notLookedFor: readonly string[];
};
