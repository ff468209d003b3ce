import { createClock } from "../adapters/clock.js";
import { createGit } from "../adapters/git/git.js";
import { createRepository } from "../adapters/git/repository.js";
import { createEmitter } from "../events/emitter.js";
import type { Emit } from "../events/event.js";
import type { Clock } from "../ports/host.js";
import type { Repository } from "../ports/repository.js";
import { createInterrupt, type Interrupt } from "../reconcilers/interrupt.js";
import type { RegisteredKind } from "../resources/registry.js";
import { VERSION } from "../util/version.js";
import type { AppOptions } from "./app.js";
import type { Fleet, PinnedPlace } from "./fleet.js";
import { type LoadedSpec, loadSpec } from "./load-spec.js";
import { newRunId } from "./run-id.js";

/** What one invocation has: its options, its stream, its interrupt; spec and fleet are opened when first needed. */
/** What only the edge may hand in: the kinds, and the process. */
export interface Surroundings {
  readonly kinds: readonly RegisteredKind[];
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
  spec(): Promise<LoadedSpec>;
  fleet(): Promise<Fleet>;
  /** The fleet of a saved plan, from what the plan says alone: no spec file, environment or folder has a say. */
  pin(place: PinnedPlace): Promise<Fleet>;
  /** Ends what was opened. */
  close(): Promise<void>;
}

export function openAppSession(options: AppOptions, surroundings: Surroundings): AppSession {
  const clock = createClock();
  const runId = newRunId(clock);
  const emit = createEmitter({ clock, run: runId, sinks: [options.onEvent] });
  const interrupt = createInterrupt(emit);
  const git = createGit(options.env);
  const repository = createRepository(git);
  let spec: Promise<LoadedSpec> | null = null;
  let fleet: Promise<Fleet> | null = null;
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
    spec() {
      spec ??= loadSpec(session).then((loaded) => {
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
    },
  };
  emit({ type: "run.started", command: options.command, engine: VERSION, lima: null });
  return session;
}
