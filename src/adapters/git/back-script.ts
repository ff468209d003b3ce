import { PRELUDE } from "./guest-script.js";
import { SNAPSHOT_TREE } from "./snapshot-script.js";

const PLACE = `
state=\${XDG_CACHE_HOME:-$HOME/.cache}/limaform/back
pack=$state/$key.pack
`;

/**
 * All files of a folder as one commit without parents, and a pack of what the host lacks. A folder that is no repository
 * gets a git directory of its own outside it, which also remembers what was hashed already.
 *
 * Arguments: path, key, object format, bytes of a pack that may come with the answer, \`yes\` to read every file whatever
 * its size and times say, then commits that the host has.
 * Standard input: patterns of files to leave out. Answer: `tip ID`, `large N` (files that are left out), `pack BYTES` (0 = nothing is new), the pack in base64
 * where it is small, `end`. A larger one waits for READ_BACK_SCRIPT.
 */
export const BACK_SCRIPT = `${PRELUDE}${SNAPSHOT_TREE}
key=$1 format=$2 inline=$3 every=$4; shift 4
${PLACE}
[ -d "$path" ] || fail gone
cd -- "$path" || fail gone
mkdir -p "$state" || fail scratch
rules=$(mktemp) || fail scratch
cat > "$rules"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=core.excludesFile GIT_CONFIG_VALUE_0="$rules"
if [ -e .git ] && g rev-parse --git-dir >/dev/null 2>&1; then
  head=$(g rev-parse -q --verify 'HEAD^{commit}')
  own=no
else
  export GIT_DIR="$state/$key.git" GIT_WORK_TREE="$(pwd -P)"
  [ -f "$GIT_DIR/HEAD" ] || g init -q --template= --object-format="$format" >/dev/null 2>&1 || fail format
  head=$(g rev-parse -q --verify 'refs/limaform/back/next^{commit}')
  own=yes
fi
[ "$(g rev-parse --show-object-format)" = "$format" ] || fail format
# 100 MB and more: no such file may come back anyway, and a sparse one has no end.
large_size='[0-9]{10,}|[1-9][0-9]{8}'
snapshot_tree "$head" || fail snapshot
if [ $own = yes ]; then g read-tree "$tree" && g update-index -q --refresh >/dev/null 2>&1; fi
tip=$(files_commit "$tree" '') || fail snapshot
if last=$(g rev-parse -q --verify 'refs/limaform/back/next') && [ "$last" != "$tip" ]; then
  g update-ref refs/limaform/back/last "$last"
fi
g update-ref refs/limaform/back/next "$tip" || fail snapshot
rm -f "$rules" "$pack"
size=0
for id; do [ "$id" != "$tip" ] || size=known; done
if [ "$size" != known ]; then
  { echo "$tip"; for id; do ! g cat-file -e "$id^{commit}" 2>/dev/null || echo "^$id"; done; } |
    g pack-objects --revs --stdout -q --delta-base-offset > "$pack" || fail snapshot
  size=$(wc -c < "$pack") || fail snapshot
else size=0; fi
printf 'tip %s\\nlarge %d\\npack %d\\n' "$tip" "$large" "$size"
if [ "$size" -gt 0 ] && [ "$size" -le "$inline" ]; then base64 < "$pack"; rm -f "$pack"; fi
echo end
`;

/** A part of the waiting pack in base64. Arguments: path, key, offset, length. Units: bytes. */
export const READ_BACK_SCRIPT = `${PRELUDE}
key=$1
${PLACE}
tail -c "+$(($2 + 1))" -- "$pack" | head -c "$3" | base64
`;
