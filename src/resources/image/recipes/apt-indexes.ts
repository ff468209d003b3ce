import type { CachedFile } from "../../../ports/downloads.js";
import type { Json } from "../../../util/json.js";
import { type GuestWork, runAsRoot } from "./guest-work.js";
import { isFields } from "./index-text.js";

/*
 * apt's indexes travel between builds, so that a later one asks only whether they changed, and one without network has
 * some. apt holds them against the distribution's signature again when it reaches a server.
 */

const LISTS = "/var/lib/apt/lists";
const PACKED = "/run/limaform-apt/lists.tar";

/** Those of an earlier build into the guest; null where there are none. */
export async function pushIndexes(work: GuestWork, memory: string): Promise<CachedFile | null> {
  const { downloads } = work.ports;
  const known = readKnown(await downloads.recall(memory));
  const file = known === null ? null : await downloads.find({ algorithm: "sha256", value: known });
  if (file === null) return null;
  work.context.report(`${work.title}: the distribution's index from this host's cache`);
  const script = `tar --extract --file=- --directory=${LISTS} --no-same-owner && chown -R 0:0 ${LISTS}`;
  await runAsRoot(work, "taking the index from the host", script, { stdin: downloads.open([file]) });
  return file;
}

function readKnown(value: Json | null): string | null {
  return isFields(value) && typeof value.sha256 === "string" ? value.sha256 : null;
}

const PACK = `cd ${LISTS}
tar --create --file=${PACKED} --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner --exclude=./lock --exclude=./partial --exclude=./auxfiles .
echo "packed $(stat -c %s ${PACKED}) $(sha256sum < ${PACKED} | cut -c1-64)"`;

/** Those of this build to the host, where they are others than before. */
export async function keepIndexes(work: GuestWork, memory: string, before: CachedFile | null): Promise<void> {
  const { ports, instance, timeoutMs, context } = work;
  const { stdout } = await runAsRoot(work, "packing the index", PACK);
  const match = /^packed ([0-9]{1,10}) ([0-9a-f]{64})$/mu.exec(stdout);
  const sha256 = match?.[2];
  if (sha256 === undefined || sha256 === before?.checksum.value) return;
  const expected = [{ checksum: { algorithm: "sha256", value: sha256 }, bytes: Number(match?.[1]) }] as const;
  const taken = await ports.downloads.keep(expected, async (onStdout) => {
    await ports.guest.exec(
      instance,
      { argv: ["cat", PACKED], asRoot: true },
      { signal: context.signal, timeoutMs, onStdout },
    );
  });
  if (taken === 1) await ports.downloads.remember(memory, { sha256 });
}
