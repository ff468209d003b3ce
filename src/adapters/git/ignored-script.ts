import { PRELUDE } from "./guest-script.js";

/**
 * Files of a folder that git ignores there, by its `.gitignore` files: what is in no commit, no save of files and no
 * snapshot. Repositories inside it are not looked into.
 *
 * Arguments: path, key, object format, then paths below it (none = all). Answer: NUL-ended records `SIZE MODE NAME` (mode in
 * hex, as stat has it), then `end`.
 */
export const IGNORED_SCRIPT = `${PRELUDE}
key=$1 format=$2; shift 2
[ -d "$path" ] || fail gone
cd -- "$path" || fail gone
if ! { [ -e .git ] && g rev-parse --git-dir >/dev/null 2>&1; }; then
  state=\${XDG_CACHE_HOME:-$HOME/.cache}/limaform/back
  export GIT_DIR="$state/$key.git" GIT_WORK_TREE="$(pwd -P)"
  mkdir -p "$state" || fail scratch
  [ -f "$GIT_DIR/HEAD" ] || g init -q --template= --object-format="$format" >/dev/null 2>&1 || fail format
fi
for name; do set -- "$@" ":(literal)$name"; shift; done
scratch=$(mktemp) || fail scratch
trap 'rm -f "$scratch"' EXIT
g ls-files -z --others --ignored --exclude-standard -- "$@" > "$scratch" || fail snapshot
grep -zv '/$' < "$scratch" | xargs -0 -r stat --printf '%s %f %n\\0' -- 2>/dev/null
printf 'end\\0'
`;
