import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { copyIn } from "../adapters/git/copy-in.js";
import { copyOut } from "../adapters/git/copy-out.js";
import { GuestError, UsageError } from "../errors/errors.js";
import { proveOurs } from "../resources/ownership.js";
import type { CopyDocument, CopyRequest } from "./app.js";
import type { Fleet } from "./fleet.js";
import { leaseWorker } from "./lease.js";
import type { AppSession } from "./session.js";
import { type KnownWorkers, knownWorkers } from "./shell.js";
import { chooseWorkers, type Worker } from "./workers.js";

const LIMIT_MS = 30 * 60_000;

/** Files and folders between this host and one worker. */
export async function copyFiles(session: AppSession, { sources, target }: CopyRequest): Promise<CopyDocument> {
  const fleet = await session.fleet();
  const all = await knownWorkers(session);
  const from = sources.map((word) => placeOf(all, word));
  const to = placeOf(all, target);
  const direction = directionOf(from, to);
  const worker = direction === "in" ? to.worker : from[0]?.worker;
  if (worker === undefined || worker === null) throw bothSides();
  const paths = from.map(({ path }) => (direction === "in" ? resolve(session.options.cwd, path) : path));
  refuseSameNames(paths);
  const lease = await leaseWorker(session, fleet, worker.instance);
  try {
    await proveReady(session, fleet, worker);
    const request = {
      instance: worker.instance,
      sources: paths,
      target: direction === "in" ? to.path : resolve(session.options.cwd, to.path),
      into: to.path.endsWith("/") || to.path === "" || sources.length > 1,
    };
    const report = (text: string) => session.emit({ type: "sync.worker", slot: worker.slot, state: "working", text });
    const options = { signal: session.interrupt.first, timeoutMs: LIMIT_MS, report };
    const { PATH = "/usr/bin:/bin" } = session.options.env;
    const parts = { ...fleet, env: { PATH, HOME: fleet.home } };
    const copied = await (direction === "in" ? copyIn : copyOut)(parts, request, options);
    return {
      format: "limaform.cp",
      version: 1,
      direction,
      instance: worker.instance,
      target: request.target,
      ...copied,
    };
  } finally {
    await lease.release();
  }
}

interface Place {
  readonly worker: Worker | null;
  readonly path: string;
}

/** `W:PATH`, W being a slot or an instance name; what has a `/` before the colon is a path of this host. */
function placeOf({ workers, unread }: KnownWorkers, word: string): Place {
  const [, name, path = ""] = /^([^/:]+):(.*)$/su.exec(word) ?? [];
  if (name === undefined) return { worker: null, path: word.startsWith("~/") ? join(homedir(), word.slice(2)) : word };
  const [worker, second] = chooseWorkers(workers, [name], unread);
  if (worker === undefined || second !== undefined) {
    throw new UsageError("USAGE_ONE_WORKER", `${name} is not one worker`, { hint: "limaform cp FILE 1:PATH" });
  }
  return { worker, path };
}

function directionOf(from: readonly Place[], to: Place): "in" | "out" {
  const workers = new Set(from.map(({ worker }) => worker?.instance ?? null));
  if (to.worker !== null && workers.size === 1 && workers.has(null)) return "in";
  if (to.worker === null && workers.size === 1 && !workers.has(null)) return "out";
  throw bothSides();
}

const bothSides = (): UsageError =>
  new UsageError("USAGE_COPY_SIDES", "cp copies from this host into one worker, or from one worker to this host", {
    hint: "limaform cp FILE… 1:PATH, or: limaform cp 1:FILE… FOLDER; a host file with a colon: ./a:b",
  });

/** They come to lie beside one another: the second would take the place of the first without a word. */
function refuseSameNames(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const name = basename(path);
    const first = seen.get(name);
    if (first !== undefined) {
      throw new UsageError("USAGE_COPY_TWICE", `${first} and ${path} would both become ${name}`, {
        hint: "copy them one after the other, to two names",
      });
    }
    seen.set(name, path);
  }
}

async function proveReady(session: AppSession, fleet: Fleet, { instance }: Worker): Promise<void> {
  const { project, owner } = fleet;
  const { facts } = await proveOurs(fleet.reader, instance, { project, owner }, session.interrupt.first);
  if (facts.status === "running") return;
  throw new GuestError("GUEST_NOT_RUNNING", `${instance} is ${facts.status}`, { hint: `limaform start ${instance}` });
}
