import { join } from "node:path";
import { cacheFolder } from "../adapters/cache-folder.js";
import { createClock } from "../adapters/clock.js";
import { createGit } from "../adapters/git/git.js";
import { createRepository } from "../adapters/git/repository.js";
import type { LimaReader } from "../adapters/lima/reader.js";
import { createEmitter } from "../events/emitter.js";
import type { Emit } from "../events/event.js";
import type { Clock } from "../ports/host.js";
import type { Repository } from "../ports/repository.js";
import { createInterrupt, type Interrupt } from "../reconcilers/interrupt.js";
import type { RegisteredKind } from "../resources/registry.js";
import { VERSION } from "../util/version.js";
import type { AppOptions, RunWorker } from "./app.js";
import type { Fleet, PinnedPlace } from "./fleet.js";
import type { LoadedSpec } from "./load-spec.js";
import { newRunId } from "./run-id.js";

/** What one invocation has: its options, its stream, its interrupt; spec and fleet are opened when first needed. */
/** What only the edge may hand in: the kinds, and the process. */
export interface Surroundings {
  readonly kinds: () => Promise<readonly RegisteredKind[]>;
  readonly pid: number;
  /** What the user typed, program name first. */
  readonly invocation: readonly string[];
}

export interface AppSession extends Surroundings {
  readonly options: AppOptions;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly interrupt: Interrupt;
  /** Id of this invocation, `YYYYMMDD-HHMMSS-xxxx`. */
  readonly runId: string;
  readonly repository: Repository;
  /** Told of each part of a run that ended, once its work is here; for what a command does with parts one by one. */
  readonly partEnded?: (part: RunWorker) => Promise<void>;
  /**
   * Begins the listing of the instances: limactl takes longer than all else of a plan, and it needs nothing of the spec. To be
   * called by what lists them first of all; what comes of it is learnt there. Resolves when limactl is under way.
   */
  listEarly(): Promise<void>;
  /**
   * Begins the look at the work tree of the repository here, for what asks git that first of all. What comes of it is learnt
   * there.
   *
   * Shape: ends it again, where nobody will ask.
   */
  standEarly(): () => void;
  /** The reader of this host's instances, or of those in the LIMA_HOME of a saved plan. */
  lima(pinned?: string): Promise<LimaReader>;
  spec(): Promise<LoadedSpec>;
  fleet(): Promise<Fleet>;
  /** The fleet of a saved plan, from what the plan says alone: no spec file, environment or folder has a say. */
  pin(place: PinnedPlace): Promise<Fleet>;
  /** Ends what was opened. */
  close(): Promise<void>;
}

const STAND_LIMIT_MS = 60_000;

export function openAppSession(options: AppOptions, surroundings: Surroundings): AppSession {
  const clock = createClock();
  const runId = newRunId(clock);
  const emit = createEmitter({ clock, run: runId, sinks: [options.onEvent] });
  const interrupt = createInterrupt(emit);
  const git = createGit(options.env);
  const repository = createRepository(git, join(cacheFolder({ env: options.env }), "indexes"));
  let spec: Promise<LoadedSpec> | null = null;
  let fleet: Promise<Fleet> | null = null;
  let early: Promise<LimaReader> | null = null;
  const ended = new AbortController();
  const open = async (loaded: LoadedSpec | Promise<LoadedSpec>, pinned: PinnedPlace | null = null): Promise<Fleet> => {
    // Evaluated while git, which the spec asks first, is at work; many commands end without it.
    const [{ openFleet }, spec] = await Promise.all([import("./fleet.js"), loaded]);
    return openFleet(session, spec, git, pinned);
  };
  const session: AppSession = {
    ...surroundings,
    options,
    clock,
    emit,
    interrupt,
    runId,
    repository,
    async listEarly() {
      const until = AbortSignal.any([interrupt.first, ended.signal]);
      early ??= import("./lima-reader.js").then(({ openLimaReader }) => openLimaReader(session));
      // What fails here fails again where the reader is asked for.
      await early.then((lima) => lima.listEarly(until)).catch(() => {});
    },
    standEarly() {
      const unwanted = new AbortController();
      const signal = AbortSignal.any([interrupt.first, ended.signal, unwanted.signal]);
      // What fails here fails again where it is asked for.
      repository.beginStand(options.cwd, { signal, timeoutMs: STAND_LIMIT_MS }).catch(() => {});
      return () => unwanted.abort(new Error("nobody asks for the work tree"));
    },
    async lima(pinned) {
      if (early !== null && pinned === undefined) return early;
      return (await import("./lima-reader.js")).openLimaReader(session, pinned);
    },
    spec() {
      const loading = async () => (await import("./load-spec.js")).loadSpec(session);
      spec ??= loading().then((loaded) => {
        emit({ type: "spec.loaded", file: loaded.spec.file, project: String(loaded.spec.values.project) });
        return loaded;
      });
      return spec;
    },
    fleet() {
      fleet ??= open(session.spec());
      return fleet;
    },
    pin(place) {
      fleet = open(place.loaded, place);
      return fleet;
    },
    async close() {
      // A fleet that could not be opened has been reported by whoever asked for it.
      const opened = await fleet?.catch(() => null);
      await opened?.close();
      // A listing that nobody came to ask for: the spec was no good.
      ended.abort(new Error("nobody asks for the listing any more"));
    },
  };
  emit({ type: "run.started", command: options.command, engine: VERSION, lima: null });
  return session;
}
