import { join } from "node:path";
import { createDownloads } from "../adapters/downloads/downloads.js";
import { createBackSync } from "../adapters/git/back.js";
import { createCodeEvents } from "../adapters/git/code-events.js";
import { RECEIVE_LIMITS } from "../adapters/git/collect.js";
import type { Git } from "../adapters/git/git.js";
import { createWorkProbe } from "../adapters/git/probe.js";
import { createCodePush } from "../adapters/git/push.js";
import { createQuarantines } from "../adapters/git/quarantine.js";
import { createResultStore } from "../adapters/git/results.js";
import { createSaveStore } from "../adapters/git/saves.js";
import { createImageRecords } from "../adapters/host/image-records.js";
import { createSecrets } from "../adapters/host/secrets.js";
import { createStopNotes } from "../adapters/host/stop-notes.js";
import { userHome } from "../adapters/host/user-home.js";
import { createLimaAdapter } from "../adapters/lima/adapter.js";
import { thisHost } from "../adapters/lock/host.js";
import { createLock } from "../adapters/lock/lock.js";
import { createRunLogs } from "../adapters/runs/run-logs.js";
import { createRuns } from "../adapters/runs/runs.js";
import { createTranscripts } from "../adapters/runs/transcripts.js";
import { createGuest } from "../adapters/ssh/guest.js";
import { createStore } from "../adapters/store/store.js";
import { backendOf } from "../backends/registry.js";
import type { StreamReader } from "../backends/stream-event.js";
import type { BackSync } from "../ports/back.js";
import type { CodeEvents } from "../ports/code-events.js";
import type { Lock, Store } from "../ports/host.js";
import type { ResultStore } from "../ports/results.js";
import type { RunLogs } from "../ports/run-logs.js";
import type { RunRecord, Runs, RunTarget } from "../ports/runs.js";
import type { SaveStore } from "../ports/saves.js";
import type { Secrets } from "../ports/secrets.js";
import type { DriverPorts } from "../resources/driver-ports.js";
import type { KindDriver, KindRules } from "../resources/kind.js";
import { partId } from "../util/run-part.js";
import { declaredSecrets } from "./declared-secrets.js";
import type { LoadedSpec } from "./load-spec.js";
import { ownerOfProject } from "./owner.js";
import { RUNS_FOLDER } from "./runs-folder.js";
import type { AppSession } from "./session.js";
import { createWorkKeeper } from "./work-keeper.js";

/** One project on this host: its identity and all ports, bound to its state folder. */
export interface Fleet extends DriverPorts {
  readonly project: string;
  readonly owner: string;
  readonly ownerPath: string;
  readonly loaded: LoadedSpec;
  /** The user's home folder. */
  readonly home: string;
  /** The user's environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Real path. */
  readonly limaHome: string;
  /** Work tree of the project's repository; null outside one. */
  repositoryRoot(): Promise<string | null>;
  readonly rules: readonly KindRules[];
  readonly drivers: ReadonlyMap<string, KindDriver>;
  readonly store: Store;
  readonly lock: Lock;
  readonly quarantines: ReturnType<typeof createQuarantines>;
  readonly git: Git;
  readonly results: ResultStore;
  readonly saves: SaveStore;
  readonly runs: Runs;
  readonly back: BackSync;
  readonly codeEvents: CodeEvents;
  /** Ask for the user's trust before: `requireTrust(…, "secrets")`. */
  readonly runSecrets: Secrets;
  readonly logs: RunLogs;
  /** Whether what a run left on a worker is here, as this host noted. */
  isCollected(run: RunTarget): Promise<boolean>;
  setCollected(run: RunTarget): Promise<void>;
  /** Waits for what is still being written of runs. */
  close(): Promise<void>;
}

/** What a saved plan says of its fleet. */
export interface PinnedPlace {
  readonly loaded: LoadedSpec;
  /** Real path. */
  readonly limaHome: string;
  readonly owner: string;
  readonly ownerPath: string;
}

export async function openFleet(
  session: AppSession,
  loaded: LoadedSpec,
  git: Git,
  pinned: PinnedPlace | null = null,
): Promise<Fleet> {
  const { options, clock } = session;
  const project = String(loaded.spec.values.project);
  const accountHome = userHome(options.env);
  const kinds = await session.kinds();
  const engine = await session.lima(pinned?.limaHome);
  const { home } = engine;
  const root = join(home, "_limaform", project);
  const owner =
    pinned === null ? await ownerOfProject(session, loaded) : { owner: pinned.owner, ownerPath: pinned.ownerPath };
  const store = createStore({ root, clock });
  const host = thisHost();
  const lock = createLock({ root, project, owner: owner.owner, clock, host });
  const env = { ...options.env, HOME: accountHome };
  const lima = createLimaAdapter(engine, { state: root, env });
  const guest = createGuest({ home, env, reader: lima.reader, files: lima.files, clock });
  const quarantines = createQuarantines(git, store);
  const results = createResultStore({ git, guest, store, quarantines, clock, runsFolder: RUNS_FOLDER });
  const rsyncEnv = { PATH: options.env.PATH ?? "/usr/bin:/bin", HOME: accountHome };
  const code = createCodePush({ git, guest, store, quarantines, env: rsyncEnv });
  const saves = createSaveStore({ git, guest, store, quarantines, clock });
  const savableBytes = RECEIVE_LIMITS.packBytes;
  const probe = createWorkProbe({ guest, quarantines, saves, savableBytes, runsFolder: RUNS_FOLDER });
  const work = createWorkKeeper({ probe, saves, notes: createStopNotes(home, store), lock, clock });
  const downloads = createDownloads({ env: options.env, clock });
  const images = createImageRecords(store);
  const runSecrets = createSecrets({ env: options.env, cwd: loaded.spec.root });
  const secrets = declaredSecrets(session, () => fleet);
  const ports: DriverPorts = { ...lima, guest, code, work, clock, downloads, images, secrets };
  const transcripts = createTranscripts({ store, clock, lock, readerOf });
  const runs = createRuns({ guest, store, clock, runsFolder: RUNS_FOLDER, transcripts, readerOf });
  const fleet: Fleet = {
    ...ports,
    ...owner,
    project,
    loaded,
    home: accountHome,
    env: options.env,
    limaHome: home,
    repositoryRoot: () => session.repository.topLevel(loaded.spec.root),
    rules: kinds.map(({ rules }) => rules),
    drivers: new Map(kinds.map(({ rules, createDriver }) => [rules.kind, createDriver(ports)])),
    store,
    lock,
    results,
    saves,
    back: createBackSync({ git, guest, store, quarantines, env: rsyncEnv }),
    codeEvents: createCodeEvents(git),
    runSecrets,
    runs,
    logs: createRunLogs(store),
    isCollected: async (run) => (await store.readText(collectedFile(run))) !== null,
    setCollected: (run) => store.writeText(collectedFile(run), `${clock.now()}\n`),
    close: () => runs.close(),
    quarantines,
    git,
  };
  return fleet;
}

const collectedFile = (target: RunTarget): string => `runs/${partId(target)}/collected`;

/** A run of an agent has its own stream; any other is text. */
function readerOf({ agent }: Pick<RunRecord, "agent">): (() => StreamReader) | null {
  return (agent === null ? null : backendOf(agent))?.createReader ?? null;
}
