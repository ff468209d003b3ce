/**
 * What is noted beside an image about its build, from its creation on; kept with the image when it is sealed.
 *
 * Shape: `done` in the order in which the steps were done, each name once; `begun` is the step (`seal` for the last)
 * that was under way when the note was written, null between steps.
 */
export type BuildNote = {
  /** Digest of what the disk began as: an unfinished build of another origin is of no use. */
  readonly origin: string;
  /** ISO time of the creation. */
  readonly startedAt: string;
  readonly begun: BegunStep | null;
  readonly done: readonly DoneStep[];
  /** Where the build was taken up again after it had been cut off; empty = built in one go. */
  readonly resumed: readonly { readonly at: string; readonly step: string }[];
  /** Used on the guest's root file system after the last step; null before the first. Units: bytes. */
  readonly usedBytes: number | null;
};

export type BegunStep = { readonly name: string; readonly key: string; readonly startedAt: string };

/** Units: milliseconds, bytes. */
export type DoneStep = BegunStep & {
  readonly title: string;
  readonly elapsedMs: number;
  /** Resolved version; of code the commit. */
  readonly version: string | null;
  readonly source: string | null;
  /** Files of tools, agents and packages that came from outside. */
  readonly downloadedBytes: number;
  /** Indexes that came from outside: what versions there are. */
  readonly indexBytes: number;
  /** Files that the host's cache had. */
  readonly cachedBytes: number;
  /** By how much the step filled the disk; negative where it removed something, null where it could not be told. */
  readonly growthBytes: number | null;
  /** Its log on the host, kept for the last applies; null where it wrote none. */
  readonly log: string | null;
};
