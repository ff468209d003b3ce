import { bytesIn } from "../adapters/host/disk-use.js";
import type { Plan } from "../plan/document.js";
import type { FileTotal } from "../ports/downloads.js";
import type { BaseDisk } from "../world/world.js";
import { applyProject } from "./apply.js";
import type { Fleet } from "./fleet.js";
import type { ImagePruneDocument, PruneRequest } from "./image-documents.js";
import { planProject } from "./plan.js";
import { goingBases } from "./prune-bases.js";
import type { AppSession } from "./session.js";

const DAY_MS = 86_400_000;
const UNUSED_DAYS = 30;

/** A plan of the images that go, and in bytes all that goes with it. Changes nothing. */
export async function prunable(
  session: AppSession,
  request: PruneRequest,
): Promise<{ readonly plan: Plan; readonly document: ImagePruneDocument }> {
  const fleet = await session.fleet();
  const options = { targets: [], replaces: [], discardWork: [] };
  const plan = await planProject(session, {
    ...options,
    intent: { kind: "prune", keep: request.keep },
    writes: request.writes,
  });
  const since = unusedSince(session, request);
  const [images, bases, downloads] = await Promise.all([
    imagesOf(fleet, plan),
    fleet.disks.listBases(session.interrupt.first),
    fleet.downloads.unused(since),
  ]);
  const going = goingBases(
    bases,
    images.map(({ instance }) => instance),
  );
  return { plan, document: documentOf(fleet, { images, bases: going, downloads, since, apply: null }) };
}

/** Removes no more than was shown; what is needed again by then stays. */
export async function prune(session: AppSession, request: PruneRequest, plan: Plan): Promise<ImagePruneDocument> {
  const fleet = await session.fleet();
  const since = unusedSince(session, request);
  const [images, before] = await Promise.all([imagesOf(fleet, plan), fleet.disks.listBases(session.interrupt.first)]);
  const apply = await applyProject(session, plan, {
    parallel: null,
    saved: false,
    verbose: false,
    replanned: { approve: null, use: () => {} },
  });
  const [disks, { instances }] = await Promise.all([fleet.disks.listBases(), fleet.reader.list()]);
  const left = new Set([...disks, ...instances].map(({ name }) => name));
  // Somebody who says stop means all of it.
  const isStopped = session.interrupt.raised() !== null;
  return documentOf(fleet, {
    images: images.filter(({ instance }) => !left.has(instance)),
    bases: before.filter(({ name }) => !left.has(name)),
    downloads: isStopped ? { files: 0, bytes: 0 } : await fleet.downloads.removeUnused(since),
    since,
    apply,
  });
}

function unusedSince({ clock }: AppSession, { allDownloads }: PruneRequest): string {
  const now = Date.parse(clock.now());
  return new Date(allDownloads ? now : now - UNUSED_DAYS * DAY_MS).toISOString();
}

async function imagesOf(fleet: Fleet, plan: Plan): Promise<ImagePruneDocument["images"]> {
  const going = plan.changes.filter(({ action }) => action === "delete");
  return Promise.all(
    going.map(async ({ address, instance }) => ({
      instance,
      address,
      bytes: await bytesIn(`${fleet.limaHome}/${instance}`),
    })),
  );
}

interface Going extends Pick<ImagePruneDocument, "images" | "apply"> {
  readonly bases: readonly BaseDisk[];
  readonly downloads: FileTotal;
  readonly since: string;
}

function documentOf({ project }: Fleet, { images, bases, downloads, since, apply }: Going): ImagePruneDocument {
  const disks = [...images, ...bases, downloads];
  return {
    format: "limaform.image-prune",
    version: 1,
    project,
    removed: apply !== null,
    images,
    bases: bases.map(({ name, bytes }) => ({ name, bytes })),
    downloads: { ...downloads, unusedSince: since },
    bytes: disks.reduce((sum, { bytes }) => sum + bytes, 0),
    apply,
  };
}
