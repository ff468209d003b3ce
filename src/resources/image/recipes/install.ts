import type { CachedFile, DownloadOptions } from "../../../ports/downloads.js";
import { plainUrl } from "../../../util/plain-url.js";
import type { BuildOutcome } from "../build-step.js";
import { type GuestWork, runAsRoot } from "./guest-work.js";
import type { Found, ToolFile } from "./recipe.js";

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

const TAR = `mkdir -p "$1"; to=$1 strip=$2; shift 2
exec tar --extract --gzip --file=- --directory="$to" --strip-components="$strip" --no-same-owner --no-same-permissions -- "$@"`;

/** Of a zip only plain files below the folder are taken; it needs seeking, so it lies there while it is unpacked. */
const ZIP = `import os, shutil, sys, tempfile, zipfile
to, strip, only = sys.argv[1], int(sys.argv[2]), set(sys.argv[3:])
os.makedirs(to, exist_ok=True)
with tempfile.TemporaryFile(dir=to) as packed:
    shutil.copyfileobj(sys.stdin.buffer, packed)
    with zipfile.ZipFile(packed) as archive:
        for entry in archive.infolist():
            parts = entry.filename.split("/")
            if entry.is_dir() or (only and entry.filename not in only) or len(parts) <= strip:
                continue
            if any(part in ("", ".", "..") for part in parts):
                sys.exit("refused: a name in the archive leads out of it: " + ascii(entry.filename))
            path = os.path.join(to, *parts[strip:])
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with archive.open(entry) as source, open(path, "wb") as target:
                shutil.copyfileobj(source, target, 1024 * 1024)
`;

async function unpack(work: GuestWork, file: ToolFile, here: CachedFile, fresh: string): Promise<void> {
  const to = file.into === "" ? fresh : `${fresh}/${file.into}`;
  const name = plainUrl(file.url).split("/").at(-1) ?? "";
  work.context.report(`${work.title}: unpacking ${name}`);
  const args = [to, String(file.strip), ...file.only];
  const stdin = work.ports.downloads.open([here]);
  if (file.format === "tar.gz") await runAsRoot(work, `unpacking ${name}`, TAR, { args, stdin });
  else await runAsRoot(work, `unpacking ${name}`, 'exec python3 -c "$@"', { args: [ZIP, ...args], stdin });
}

const FINISH = (setUp: string): string => `fresh=$1 place=$2; shift 2
cd "$fresh"
chown -R 0:0 .
chmod -R u=rwX,go=rX .
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
