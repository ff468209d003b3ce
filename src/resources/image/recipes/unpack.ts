import type { CachedFile } from "../../../ports/downloads.js";
import { plainUrl } from "../../../util/plain-url.js";
import { type GuestWork, runAsRoot } from "./guest-work.js";
import type { ToolFile } from "./recipe.js";

/*
 * Archives are unpacked by root, and only their checksum is known: a mirror may name both. What is not below the folder
 * that they are unpacked into is not touched, whatever they hold.
 */

/** Errors: TOOL_INSTALL_FAILED where it holds what it may not. `fresh`: the tool's new folder. */
export async function unpack(work: GuestWork, file: ToolFile, here: CachedFile, fresh: string): Promise<void> {
  const to = file.into === "" ? fresh : `${fresh}/${file.into}`;
  const name = plainUrl(file.url).split("/").at(-1) ?? "";
  work.context.report(`${work.title}: unpacking ${name}`);
  const args = [to, String(file.strip), ...file.only];
  const stdin = work.ports.downloads.open([here]);
  if (file.format === "tar.gz") {
    await runAsRoot(work, `unpacking ${name}`, TAR, { args: [fresh, ...args], stdin });
  } else {
    await runAsRoot(work, `unpacking ${name}`, 'exec python3 -c "$@"', { args: [ZIP, ...args], stdin });
  }
}

/**
 * `look FOLDER`: files, folders, and links that stay in it. Root goes on working in there, and the next archive is
 * unpacked into it, so nothing may lead out.
 */
const LOOK = `
refuse() { echo "refused: $1: $(printf %s "$2" | LC_ALL=C tr -c ' -~' '?')"; exit 1; }
look() {
  cd "$1"
  here=$(pwd -P)
  odd=$(find . ! -type f ! -type d ! -type l -print -quit)
  [ -z "$odd" ] || refuse "the archive has a device or a pipe" "$odd"
  find . -type l -exec realpath -mz -- {} + > "$links"
  out=$(tr '\\n\\0' '?\\n' < "$links" | awk -v here="$here" '$0 != here && index($0, here "/") != 1 { print; exit }')
  [ -z "$out" ] || refuse "a link in the archive leads out of it" "$out"
  cd /
}`;

/**
 * tar itself keeps names and hard links inside and makes links last; but not with --strip-components, where what is left
 * of \`a//etc/x\` is \`/etc/x\` (seen with GNU tar 1.34). So an archive gets a folder of its own, and what lies below
 * the leading folders goes to its place as further names of the same files.
 */
const TAR = `fresh=$1 to=$2 strip=$3 own=$1.unpacked; shift 3
links=$(mktemp)
trap 'rm -rf "$links" "$own"' EXIT${LOOK}
rm -rf "$own"
mkdir -p "$to" "$own"
tar --extract --gzip --file=- --directory="$own" --no-same-owner --no-same-permissions -- "$@"
look "$own"
case $strip in 0) set -- "$own"/ ;; 1) set -- "$own"/*/ ;; *) set -- "$own"/*/*/ ;; esac
for folder; do
  [ -L "\${folder%/}" ] || [ ! -d "$folder" ] || cp --archive --link --remove-destination -- "$folder." "$to"
done
look "$fresh"`;

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
