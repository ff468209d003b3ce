import type { StreamReader } from "./stream-event.js";

/**
 * A coding agent as data: how it comes into an image, how it is started unattended, how its output is read. A new one
 * needs one file here, its line in `registry.ts`, and its recorded stream as a fixture (test/fixtures/streams/NAME).
 *
 * Source: what was seen of the real programs; docs/decisions.md, "Agents".
 */
export interface Backend {
  readonly name: string;
  readonly title: string;

  /* Into the image. */
  /** null: nothing is installed by limaform. */
  readonly install: AgentInstall | null;
  readonly check: AgentCheck | null;
  /** Settings in the image that hold no secret: no updates, no side traffic, no dialogs. */
  readonly files: readonly AgentFile[];

  /* At a run. */
  start(request: AgentStart): AgentCommand;
  /** Fixed, public environment of its runs. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that hold its credential, in the order in which the agent prefers them. */
  readonly secretEnv: readonly string[];
  /** Files below the home folder in which a login lives and changes by itself (OAuth). */
  readonly credentialFiles: readonly string[];
  /** Below the home folder: where it keeps its conversations, logs and caches of its own. */
  readonly stateFolders: readonly string[];
  /** Variable that points it at another server; null where only its settings do. */
  readonly baseUrlEnv: string | null;
  /** Hosts that it needs while the network is closed. */
  readonly hosts: readonly string[];
  /** A fresh reader of its output; one per run. */
  createReader(): StreamReader;
  /** Whether it tells of money; else only tokens are known. */
  readonly tellsCost: boolean;
  /** What its safest unattended mode without `--yolo` does, in one sentence. */
  readonly safeMode: string;
}

export interface AgentStart {
  readonly prompt: string;
  /** Goes on with this conversation; null = a new one. */
  readonly conversation: string | null;
  readonly isYolo: boolean;
  /** null = the agent's own choice. */
  readonly model: string | null;
}

/** Standard input is always empty: three of the four wait for ever on an open one. */
export interface AgentCommand {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface AgentInstall {
  /** npm package whose version the spec names; its newest where it names none. */
  readonly package: string;
  /** Raised only when images that were built by an older recipe must go. */
  readonly recipe: number;
  /** Program in the package itself, which Node runs; null where the platform's is taken. */
  readonly program: string | null;
  /** Package with the native program, by architecture; null where the package itself is run by Node. */
  readonly platform: Readonly<Record<"x86_64" | "aarch64", PlatformPackage>> | null;
  /** Lowest major of Node that it needs to run; null where it needs none. */
  readonly needsNode: number | null;
}

export interface PlatformPackage {
  /** Package name; `VERSION` in it or in `versionSuffix` stands for the version. */
  readonly package: string;
  /** Appended to the version: Codex publishes its programs as versions of the main package. */
  readonly versionSuffix: string;
  /** Program in the package. */
  readonly program: string;
}

export interface AgentCheck {
  readonly argv: readonly string[];
  /** First group: the version. */
  readonly pattern: RegExp;
}

export interface AgentFile {
  /** In the guest, absolute or `~/…`. */
  readonly path: string;
  readonly text: string;
}
