import { realOrSame } from "../adapters/host/files.js";
import { GuestError, UsageError } from "../errors/errors.js";
import type { BackRequest } from "../ports/back.js";
import { specPathIn } from "../resources/binding/carry.js";
import { sha256Hex } from "../util/digest.js";
import { quoteText } from "../util/quote.js";
import type { Fleet } from "./fleet.js";
import { pathIn } from "./path-in.js";
import type { AppSession } from "./session.js";
import { presentWorkers } from "./shell.js";
import type { Worker } from "./workers.js";

export interface BackPlace {
  readonly worker: Worker;
  readonly request: BackRequest;
}

/** Which files of which worker go where. Errors: GUEST_NOT_RUNNING, GUEST_NOT_READY, USAGE_UNKNOWN_WORKER, USAGE_PATH_OUTSIDE. */
export async function backPlace(
  session: AppSession,
  fleet: Fleet,
  { worker: typed, paths, defaults, what = "files", checksum = false }: BackTyped,
): Promise<BackPlace> {
  const [worker, ...others] = await presentWorkers(session, [typed]);
  if (worker === undefined || others.length > 0) {
    throw new UsageError("USAGE_UNKNOWN_WORKER", `${quoteText(typed)} is more than one worker`, {
      hint: "files come back from one worker at a time: limaform sync-back 1",
    });
  }
  const { facts, instance, slot } = worker;
  if (facts.status !== "running") {
    throw new GuestError("GUEST_NOT_RUNNING", `${instance} is ${facts.status}`, {
      hint: `start it with: limaform start ${slot}`,
    });
  }
  const key = await fleet.files.readHostKey(instance);
  if (key === null) {
    throw new GuestError("GUEST_NOT_READY", `${instance} was never ready, so nothing in it can be trusted to be it`, {
      hint: "finish it with: limaform apply",
    });
  }
  const { spec } = fleet.loaded;
  const top = await fleet.repositoryRoot();
  const root = await realOrSame(top ?? spec.root);
  const cwd = await realOrSame(session.options.cwd);
  const { values } = spec;
  return {
    worker,
    request: {
      instance,
      workerId: sha256Hex(key),
      guestPath: facts.lastPush?.guestPath ?? String(values["repo.path"]),
      root,
      isRepository: top !== null,
      // What git ignores was in no push.
      pushBase: top === null || what === "ignored" ? null : (facts.lastPush?.base ?? null),
      ...{ what, checksum },
      paths:
        paths.length > 0
          ? paths.map((path) => pathIn(root, cwd, path))
          : defaults.map((path) => pathIn(root, root, path)),
      exclude: texts(values["sync.from.exclude"]),
      specFiles: [specPathIn(root, await realOrSame(spec.file))],
    },
  };
}

export interface BackTyped {
  readonly worker: string;
  /** Relative to the current folder. */
  readonly paths: readonly string[];
  /** Relative to the root. */
  readonly defaults: readonly string[];
  readonly what?: BackRequest["what"];
  readonly checksum?: boolean;
}

export const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
