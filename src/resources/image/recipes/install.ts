import type { CachedFile, DownloadOptions } from "../../../ports/downloads.js";
import { plainUrl } from "../../../util/plain-url.js";
import type { BuildOutcome } from "../build-step.js";
import { type GuestWork, runAsRoot } from "./guest-work.js";
import type { Found } from "./recipe.js";
import { unpack } from "./unpack.js";

/** Tools that limaform unpacks: a folder each, owned by root. Links to them are in /usr/local/bin. */
const PLACE = "/usr/local/lib/limaform";

export interface Tree {
  /** Name of its folder. */
  readonly name: string;
  readonly found: Found;
  readonly links: Readonly<Record<string, string>>;
  /** Shell lines as root, in the new folder. */
  readonly setUp: string;
}

export const downloadOptions = ({ context, timeoutMs, title }: GuestWork): DownloadOptions => ({
  signal: context.signal,
  timeoutMs,
  report: (text) => context.report(`${title}: ${text}`),
});

/**
 * Brings a release into the guest: through the host's cache, unpacked beside an older one, in its place by one rename.
 * /usr/local/bin is in the path of every shell, with login or without, of sudo and of systemd's units.
 */
export async function installTree(work: GuestWork, tree: Tree): Promise<FileBytes> {
  const fresh = `${PLACE}/.${tree.name}.new`;
  await runAsRoot(work, "making its folder", 'rm -rf "$2"; mkdir -p "$2"; chmod 755 "$1" "$2"', {
    args: [PLACE, fresh],
  });
  const cached: CachedFile[] = [];
  for (const file of tree.found.files) {
    const { url, checksum, bytes } = file;
    const here = await work.ports.downloads.fetch({ url, checksum, bytes }, downloadOptions(work));
    work.context.log(`${plainUrl(url)} ${checksum.algorithm} ${checksum.value}: ${spoken(here)}`);
    cached.push(here);
    await unpack(work, file, here, fresh);
  }
  work.context.report(`${work.title}: putting it in its place`);
  await runAsRoot(work, "putting it in its place", `${FINISH(tree.setUp)}`, {
    args: [fresh, `${PLACE}/${tree.name}`, ...Object.entries(tree.links).flat()],
  });
  return bytesOf(cached);
}

type FileBytes = Pick<BuildOutcome, "downloadedBytes" | "cachedBytes">;

export function bytesOf(files: readonly CachedFile[]): FileBytes {
  const downloadedBytes = files.reduce((sum, file) => sum + file.downloadedBytes, 0);
  const all = files.reduce((sum, { bytes }) => sum + bytes, 0);
  return { downloadedBytes, cachedBytes: all - downloadedBytes };
}

const spoken = ({ bytes, downloadedBytes }: CachedFile): string =>
  downloadedBytes === 0 ? `${bytes} bytes from the cache` : `${bytes} bytes downloaded`;

const FINISH = (setUp: string): string => `fresh=$1 place=$2; shift 2
cd "$fresh"
chown -R 0:0 .
chmod -R u=rwX,go=rX,a-st .
${setUp}
cd /
rm -rf "$place"
mv "$fresh" "$place"
mkdir -p /usr/local/bin
while [ $# -gt 0 ]; do
  [ -e "$place/$2" ] || { echo "$place/$2 is not in what was unpacked"; exit 1; }
  ln -sfn "$place/$2" "/usr/local/bin/$1"
  shift 2
done`;
