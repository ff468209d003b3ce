import type { RemoteFile } from "../../../ports/downloads.js";
import type { Architecture } from "../entry.js";
import type { VersionRequest } from "./version.js";

/**
 * A tool as data: one file a tool. Adding one is a file here, its line in `tools.ts` and its key in `../tool-keys.ts`.
 */
export interface Recipe {
  /** Last part of its key, `tools.NAME`. */
  readonly name: string;
  readonly title: string;
  /** Raised only when images that were built by an older recipe must go. */
  readonly number: number;
  /** What the spec may say besides numbers. */
  readonly words: readonly string[];
  /** Packages of the distribution that are the tool, for "system"; empty where it has none. */
  readonly systemPackages: readonly string[];
  /** Packages that the tool needs beside it wherever it comes from. */
  readonly neededPackages: readonly string[];
  /** Where it can come from, by the scheme of `tools.mirror.NAME`; the first is the maker's own place. */
  readonly sources: readonly ToolSource[];
  /** Names in /usr/local/bin and what they lead to in the tool's folder. */
  readonly links: Readonly<Record<string, string>>;
  /** Shell lines that run as root in the tool's folder before it gets its place. */
  readonly setUp: string;
  readonly check: ToolCheck;
}

export interface ToolCheck {
  readonly argv: readonly string[];
  /** First group: the version. */
  readonly pattern: RegExp;
}

export interface ToolSource {
  /** Before the `+` of a mirror's URL (`npm+https://…`); empty for the maker's own layout. */
  readonly scheme: string;
  /** Null where there is none without a mirror. */
  readonly base: string | null;
  /** What the layout is, for messages and docs. */
  readonly title: string;
  /** Null where no release fits. */
  find(query: SourceQuery, read: ReadText): Promise<Found | null>;
}

export interface SourceQuery {
  readonly base: string;
  readonly request: VersionRequest;
  readonly arch: Architecture;
}

/** Reads an index. */
export type ReadText = (url: string, accept?: string) => Promise<string>;

/** A release, and the files that make it. Plain data: it is kept in the host's cache. */
export type Found = {
  readonly version: string;
  readonly files: readonly ToolFile[];
};

/**
 * Shape: `into` is a folder of the tool ("" = its top); `strip` counts leading folders that are dropped (2 at most); `only` limits
 * what is unpacked (whole names in the archive), empty = all.
 */
export type ToolFile = RemoteFile & {
  readonly format: "tar.gz" | "zip";
  readonly into: string;
  readonly strip: number;
  readonly only: readonly string[];
};
