import { join, resolve } from "node:path";
import { copyOutput, OUTPUT_FILES, partialName, proveOutputFolder } from "../adapters/host/copy-output.js";
import { realOrSame } from "../adapters/host/files.js";
import { LockBusyError, StoreError } from "../errors/errors.js";
import { isEnded } from "../runs/state.js";
import { partId, partName, taskOf } from "../util/run-part.js";
import type { RunDocument, RunRequest, RunWorker } from "./app.js";
import { readOwnFiles } from "./own-files.js";
import { TELL_LIMIT_MS } from "./run-part.js";
import type { AppSession } from "./session.js";

/** Where the output of a run is given to the user, part by part. */
export interface OutputGiver {
  /** To be run with: a part is copied as soon as it ended and its work is here. */
  readonly session: AppSession;
  /**
   * What is not there yet, once the run is over or left. `before`: parts that were over before this command, by name: where
   * another run has its output by now, that stays. Errors: STORE_OUTPUT.
   */
  giveRest(document: RunDocument, before?: ReadonlySet<string>): Promise<RunDocument>;
}

interface Asked extends Pick<RunRequest, "output"> {
  /** null: a part for each worker. */
  readonly tasks: readonly { readonly id: string }[] | null;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Copies the output of each part to `DIR/SLOT` or `DIR/TASK`. Where the folder lies in the repository its files are noted as
 * limaform's own before the code is read: they never count as its content, also for workers that get it later.
 *
 * Errors: STORE_OUTPUT, before anything has begun.
 */
export async function openOutput(session: AppSession, request: Asked): Promise<OutputGiver> {
  if (request.output === undefined) return { session, giveRest: async (document) => document };
  const folder = resolve(session.options.cwd, request.output);
  await proveOutputFolder(folder);
  const real = await realOrSame(folder);
  const foreseen = await partsOf(session, request);
  await noteFiles(session, real, foreseen);
  const given = new Set<string>();
  const give: Give = async (part, { mayStay, keepsOthers = false }) => {
    const name = partName(part);
    await copyOutput(part.output, join(real, name), { keepsEqual: mayStay && given.has(name), keepsOthers });
    given.add(name);
  };
  return {
    session: { ...session, partEnded: (part) => giveEarly(session, part, { foreseen, give }) },
    async giveRest(document, before = NONE) {
      const parts = document.workers.filter(({ output }) => output !== "");
      await noteFiles(session, real, parts.map(partName));
      for (const part of parts) {
        await tellRest(session, document.run, part);
        await give(part, { mayStay: true, keepsOthers: before.has(partName(part)) });
      }
      return document;
    },
  };
}

type Give = (part: RunWorker, how: { readonly mayStay: boolean; readonly keepsOthers?: boolean }) => Promise<void>;

interface Early {
  readonly foreseen: readonly string[];
  readonly give: Give;
}

/** What fails here is tried again at the end, and fails the command then: others are at work. */
async function giveEarly(session: AppSession, part: RunWorker, { foreseen, give }: Early): Promise<void> {
  if (part.output === "" || !foreseen.includes(partName(part))) return;
  try {
    await give(part, { mayStay: false });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    session.emit({ type: "log", level: "warning", text: `${error.message}; it is tried again at the end` });
  }
}

/** A transcript that another limaform writes (`logs --follow`) is behind until that one has seen the end. */
async function tellRest(session: AppSession, run: string, part: RunWorker): Promise<void> {
  if (part.state === "lost" || !isEnded(part.state)) return;
  const target = { run, slot: part.slot, ...taskOf(part), instance: part.instance };
  const { runs } = await session.fleet();
  try {
    await runs.tell(target, { signal: session.interrupt.second, timeoutMs: TELL_LIMIT_MS });
  } catch (error) {
    if (!(error instanceof LockBusyError)) throw error;
    const text = `${error.message}; the transcript of ${partId(target)} is given as far as it is`;
    session.emit({ type: "log", level: "warning", text });
  }
}

/** Parts that may come; a worker beyond the spec's is copied at the end alone. */
async function partsOf(session: AppSession, { tasks }: Asked): Promise<readonly string[]> {
  if (tasks !== null) return tasks.map(({ id }) => id);
  const { loaded } = await session.fleet();
  return Array.from({ length: Number(loaded.spec.values.workers) }, (_, index) => String(index + 1));
}

async function noteFiles(session: AppSession, folder: string, parts: readonly string[]): Promise<void> {
  const fleet = await session.fleet();
  const names = OUTPUT_FILES.flatMap((name) => [name, partialName(name)]);
  const writes = parts.flatMap((part) => names.map((name) => join(folder, part, name)));
  await readOwnFiles(fleet.loaded.spec, { repository: session.repository, store: fleet.store, writes });
}
