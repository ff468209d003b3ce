import { PRELUDE } from "./guest-script.js";
import { MAX_BLOB_BYTES } from "./review-contents.js";
import { SNAPSHOT_TREE } from "./snapshot-script.js";

/*
 * `cp` in the worker. On the way out files travel as git objects, so that nothing but names, bytes, an exec bit and links can
 * come; on the way in as an archive that the host made.
 */

/** `place PATH`: a path of the guest in `$placed`; without a leading slash it is below the home folder. */
const PLACE = `
place() {
  case $1 in "~" | "") placed=$HOME ;; "~/"*) placed=$HOME/\${1#"~/"} ;; /*) placed=$1 ;; *) placed=$HOME/$1 ;; esac
}
`;

/**
 * Packs files and folders. Arguments: scratch repository, then the sources. Answer: `tip ID`, `pack BYTES`, `skipped N`
 * (devices, sockets and the like), `end`. Git directories stay out.
 */
export const COPY_OUT_SCRIPT = `${PRELUDE}${SNAPSHOT_TREE}${PLACE}
rm -rf -- "$path" && mkdir -p -- "$path" && git init -q --template= "$path" || fail path
GIT_DIR=$path/.git GIT_INDEX_FILE=$path/.git/index
export GIT_DIR GIT_INDEX_FILE
g read-tree --empty
skipped=0
for source in "$@"; do
  place "$source"
  [ -e "$placed" ] || [ -L "$placed" ] || fail absent
  placed=$(realpath -s -- "$placed")
  [ "$placed" != / ] || fail absent
  cd -- "$(dirname -- "$placed")" || fail unreadable
  GIT_WORK_TREE=$(pwd -P) name=$(basename -- "$placed")
  export GIT_WORK_TREE
  find "./$name" -name .git -prune -o \\( -type f -o -type l \\) -printf '%p\\0' > "$path/.git/found" || fail unreadable
  find "./$name" -name .git -prune -o ! -type f ! -type l ! -type d -printf x >> "$path/.git/odd" || fail unreadable
  # A sparse one has no end, and none of that size may come out.
  [ -z "$(find "./$name" -name .git -prune -o -type f -size +${MAX_BLOB_BYTES}c -print -quit)" ] || fail large
  sed -z 's|^\\./||' "$path/.git/found" > "$path/.git/names" || fail unreadable
  add_names "$path/.git" "$path/.git/names" || fail unreadable
done
tree=$(g write-tree) && tip=$(files_commit "$tree" "") || fail unreadable
echo "$tip" | g pack-objects --revs --stdout -q > "$path/.git/limaform-cp.pack" || fail snapshot
printf 'tip %s\\npack %d\\nskipped %d\\nend\\n' "$tip" "$(wc -c < "$path/.git/limaform-cp.pack")" "$(wc -c < "$path/.git/odd")"
`;

/** Forgets the scratch repository. Arguments: its path. */
export const COPY_DONE_SCRIPT = `${PRELUDE}
case $path in "$HOME/.limaform/cp-"*) rm -rf -- "$path" ;; *) fail path ;; esac
`;

/**
 * Unpacks an archive beside its place and moves it there. Arguments: destination, `into` (a folder that is made if absent) or
 * `as` (the one source gets the destination's name, unless that is a folder). Standard input: a tar archive.
 * Answer: `copied`.
 */
export const COPY_IN_SCRIPT = `${PRELUDE}${PLACE}
place "$path"
target=\${placed%/}
into=no
if [ "$1" = into ] || [ -d "$target" ]; then into=yes; mkdir -p -- "$target" || fail path; folder=$target
else folder=$(dirname -- "$target"); mkdir -p -- "$folder" || fail path; fi
scratch=$(mktemp -d -- "$folder/.limaform-cp-XXXXXX") || fail path
trap 'rm -rf -- "$scratch"' EXIT
tar -x -f - -C "$scratch" --no-same-owner --no-same-permissions || fail unpack
find "$scratch" -mindepth 1 -type d -exec chmod 755 {} + && find "$scratch" -type f -perm -u+x -exec chmod 755 {} + &&
  find "$scratch" -type f ! -perm -u+x -exec chmod 644 {} + || fail unpack
cd -- "$scratch" || fail path
for name in ./* ./.[!.]* ./..?*; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  if [ $into = yes ]; then cp -a -T --remove-destination -- "$name" "$target/\${name#./}" || fail write
  else cp -a -T --remove-destination -- "$name" "$target" || fail write; fi
done
echo copied
`;
