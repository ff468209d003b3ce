import { LimaformError, UsageError } from "../errors/errors.js";
import { newestFirst } from "../resources/image/usable.js";
import { marksOf } from "../resources/marks-of.js";
import { escapeLine } from "../util/escape.js";
import type { ImageRecord } from "../world/image-record.js";
import type { InstanceFacts } from "../world/world.js";
import type { ImageStatus } from "./app.js";
import type { Fleet } from "./fleet.js";
import { diffImages, isEqual } from "./image-diff.js";
import type { ImageDiffDocument, ImageDocument, ImageSide } from "./image-documents.js";
import type { AppSession } from "./session.js";

/** Images of the project, newest first, each with those that were cloned from it. */
export async function readImages(fleet: Fleet, instances: readonly InstanceFacts[]): Promise<readonly ImageStatus[]> {
  return Promise.all(ours(fleet, instances).map(async (facts) => (await readImage(fleet, facts, instances)).image));
}

/** One image with all that is recorded of it. Errors: IMAGE_UNKNOWN. */
export async function showImage(session: AppSession, typed: string | null): Promise<ImageDocument> {
  const fleet = await session.fleet();
  const { instances } = await fleet.reader.list(session.interrupt.first);
  const facts = chooseImage(ours(fleet, instances), typed ?? "golden");
  const { project } = fleet;
  return { format: "limaform.image", version: 1, project, ...(await readImage(fleet, facts, instances)) };
}

async function readImage(
  fleet: Fleet,
  facts: InstanceFacts,
  instances: readonly InstanceFacts[],
): Promise<Pick<ImageDocument, "image" | "record">> {
  const record = await recordFor(fleet, facts);
  return { image: imageStatus(facts, instances, { record, nowMs: Date.parse(fleet.clock.now()) }), record };
}

/** What two images differ in. Errors: IMAGE_UNKNOWN, IMAGE_NOT_RECORDED. */
export async function diffOfImages(
  session: AppSession,
  typed: { readonly before: string; readonly after: string },
): Promise<ImageDiffDocument> {
  const fleet = await session.fleet();
  const { instances } = await fleet.reader.list(session.interrupt.first);
  const images = ours(fleet, instances);
  const [before, after] = await Promise.all(
    [typed.before, typed.after].map(async (word) => recordOrFail(fleet, chooseImage(images, word))),
  );
  if (before === undefined || after === undefined) throw new TypeError("two images were asked for");
  const changes = diffImages(before, after);
  return {
    ...{ format: "limaform.image-diff", version: 1, project: fleet.project },
    ...{ before: sideOf(before), after: sideOf(after), equal: isEqual(changes), changes },
  };
}

function ours({ project, owner }: Fleet, instances: readonly InstanceFacts[]): readonly InstanceFacts[] {
  return instances
    .filter((facts) => {
      const marks = marksOf(facts);
      const isOurs = marks?.project === project && marks.owner === owner && marks.role === "image";
      return isOurs && marks.name === facts.name;
    })
    .sort(newestFirst);
}

/** By instance name, address (the newest one), its last word, or the first digits of a revision. */
function chooseImage(images: readonly InstanceFacts[], typed: string): InstanceFacts {
  const sealed = images.filter((facts) => (marksOf(facts)?.sealed ?? "") !== "");
  const address = typed.startsWith("image.") ? typed : `image.${typed}`;
  const byName = images.find(({ name }) => name === typed);
  const byAddress = sealed.find((facts) => marksOf(facts)?.address === address);
  const byRevision = /^[0-9a-f]{4,64}$/.test(typed)
    ? images.filter((facts) => marksOf(facts)?.revision.startsWith(typed))
    : [];
  const found = byName ?? byAddress ?? (byRevision.length === 1 ? byRevision[0] : undefined);
  if (found !== undefined) return found;
  const known = images.map(({ name }) => name).join(", ");
  throw new UsageError(
    "IMAGE_UNKNOWN",
    byRevision.length > 1
      ? `${byRevision.length} images have a revision that begins with ${typed}: ${byRevision.map(({ name }) => name).join(", ")}`
      : `no image is called ${escapeLine(typed)}${known === "" ? ": there are none" : `; there are ${known}`}`,
    { hint: known === "" ? "make them with: limaform build" : "to see them: limaform status --images" },
  );
}

const recordFor = async (fleet: Fleet, facts: InstanceFacts): Promise<ImageRecord | null> =>
  fleet.images.read(facts.name, marksOf(facts)?.sealed ?? "");

async function recordOrFail(fleet: Fleet, facts: InstanceFacts): Promise<ImageRecord> {
  const record = await recordFor(fleet, facts);
  if (record !== null) return record;
  throw new LimaformError("IMAGE_NOT_RECORDED", `what is in ${facts.name} is not recorded`, {
    hint: "images that are built from now on are recorded; to build this one anew: limaform update",
    details: { instance: facts.name },
  });
}

function imageStatus(
  facts: InstanceFacts,
  instances: readonly InstanceFacts[],
  { record, nowMs }: { readonly record: ImageRecord | null; readonly nowMs: number },
): ImageStatus {
  const marks = marksOf(facts);
  const users = instances.flatMap((other) => (marksOf(other)?.image === facts.name ? [other.name] : []));
  const startedAt = facts.build?.startedAt ?? record?.startedAt ?? null;
  const sealed = marks?.sealed ?? "";
  return {
    address: marks?.address ?? "",
    instance: facts.name,
    revision: marks?.revision ?? "",
    sealed,
    // A clock that was set back makes no image of the future.
    ageMs: sealed === "" ? null : Math.max(0, nowMs - Date.parse(sealed)),
    from: marks?.image ?? "",
    status: facts.status,
    protected: facts.isProtected,
    users,
    builtInMs: startedAt === null || sealed === "" ? null : Date.parse(sealed) - Date.parse(startedAt),
    usedBytes: record?.usedBytes ?? facts.build?.usedBytes ?? null,
    versions: versionsOf(record, facts),
  };
}

/** What was resolved: `node` to `24.1.0`. */
function versionsOf(record: ImageRecord | null, { build }: InstanceFacts): Readonly<Record<string, string>> {
  const steps = record?.steps ?? build?.done ?? [];
  return Object.fromEntries(
    steps.flatMap(({ name, version }) => (version === null || name === "push" ? [] : [[name, version]])),
  );
}

const sideOf = ({ instance, address, revision, sealedAt }: ImageRecord): ImageSide => ({
  ...{ instance, address, revision, sealed: sealedAt },
});
