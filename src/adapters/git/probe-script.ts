import { LIVE_RUNS, PRELUDE, SAME_AS_SNAPSHOT } from "./guest-script.js";
import { SNAPSHOT_TREE } from "./snapshot-script.js";

/**
 * What a worker holds, as lines `key values…`; paths quoted as git quotes them. Complete only with `end` as last line.
 *
 * Arguments: path, folder of runs, time of making (seconds since 1970, 0 = unknown), patterns that are never work (one a
 * line), then the folders of `work.paths`. `marked`: something was saved from here before.
 * Units: bytes. Needs GNU find and stat.
 */
export const PROBE_SCRIPT = `${PRELUDE}${SAME_AS_SNAPSHOT}${SNAPSHOT_TREE}
runs=$1 since=$2 patterns=$3; shift 3
never=$(mktemp) || fail scratch
trap 'rm -f "$never"; unseeing' EXIT
printf '%s\\n' "$patterns" > "$never"
ignored_in() (
  cd -- "$1" || exit 1
  out=$(mktemp -d) || exit 1
  g ls-files -z --others --ignored --exclude-from="$never" | sort -z > "$out/never"
  g ls-files -z --others --ignored --exclude-standard | sort -z | comm -z -23 - "$out/never" | head -c 1
  rm -rf "$out"
)
status_in() (
  cd -- "$1" && look_closer || exit 1
  trap unseeing EXIT
  seeing status --porcelain --untracked-files=all
)
dirty_trees() {
  [ -z "\${GIT_DIR:-}" ] || return 0
  top=$(pwd -P)
  g worktree list --porcelain | sed -n 's/^worktree //p' | while IFS= read -r other; do
    [ -d "$other" ] && [ "$other" != "$top" ] || continue
    [ -z "$(status_in "$other" 2>&1 | head -n 1; ignored_in "$other")" ] || echo dirty
  done
}
as_saved() {
  g rev-parse -q --verify 'refs/limaform/saved' >/dev/null || return 1
  objects=$(cd "$(g rev-parse --git-path objects)" && pwd) && scratch=$(mktemp -d) || return 1
  export GIT_OBJECT_DIRECTORY="$scratch" GIT_ALTERNATE_OBJECT_DIRECTORIES="$objects"
  snapshot_tree "$1" && files=$(files_commit "$tree" "$1")
  same=$?
  unset GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
  rm -rf "$scratch"
  return $same
}
echo 'limaform-probe 1'
sum() { awk '{ n += 1; s += $1 } END { printf "%d %d\\n", n, s }'; }
for folder in "$@"; do
  case $folder in "~") folder=$HOME ;; "~/"*) folder=$HOME/\${folder#"~/"} ;; esac
  [ -e "$folder" ] || { echo 'folder 0 0'; continue; }
  found=$(find "$folder" -path "$HOME/.limaform" -prune -o \\( -type f -o -type l \\) -newerct "@$since" -printf '%s\\n') || fail find
  printf 'folder %s\\n' "$(printf '%s' "\${found:+$found
}" | sum)"
done
if command -v systemctl >/dev/null 2>&1; then
  ${LIVE_RUNS}
  [ -z "$units" ] || printf '%s\\n' "$units" | awk '{ print "unit", $1 }' | head -n 100
fi
for run in "$runs"/*/; do
  [ -d "$run" ] || continue
  [ -e "$run/collected" ] || printf 'run %s\\n' "$(basename "$run")"
done
mark=
if enter; then
  g rev-parse --git-dir >/dev/null || fail no_repository
  echo 'repository yes'
  mark=$(g rev-parse --git-path limaform-save)/done
  [ ! -e "$mark" ] || echo 'marked 1'
  head=$(g rev-parse -q --verify 'HEAD^{commit}') && printf 'tip %s\\n' "$head"
  base=$(g rev-parse -q --verify 'refs/limaform/base^{commit}') && printf 'base %s\\n' "$base"
  g for-each-ref --format='%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)' |
    awk '$1 !~ /^refs\\/(remotes|limaform|stash)/ { if ($2 == "commit") print "tip", $3; else if ($4 == "commit") print "tip", $5 }' | head -n 2001
  g worktree list --porcelain | awk 'BEGIN { RS = ""; FS = "\\n" } NR > 1 && !/\\nprunable/ { for (i = 1; i <= NF; i++) if ($i ~ /^HEAD [0-9a-f]+$/ && $i !~ /^HEAD 0+$/) print "tip", substr($i, 6) }'
  printf 'worktrees %d\\n' "$(dirty_trees | wc -l)"
  g rev-list -g refs/stash -- 2>/dev/null | head -n 2001 | sed 's/^/stashed /'
  listing=$(mktemp) || fail scratch
  look_closer || fail status
  seeing status --porcelain --no-renames --untracked-files=all --ignored=traditional > "$listing" || fail status
  head -n 20001 "$listing" | sed 's/^/s /'
  rm -f "$listing"
  g ls-files -s -z | grep -z '^160000 ' | cut -z -f 2- | xargs -0 -r sh -c 'for f; do
    [ ! -e "$f/.git" ] || git --work-tree=. diff-files --quiet --ignore-submodules=none -- "$f" || printf "%s\\\\0" "$f"
  done' sh | xargs -0 -r sh -c 'for f; do printf "submodule "; printf %s "$f" | base64 | tr -d "\\\\n"; echo; done' sh
  printf 'changed %s\\n' "$(seeing diff --name-only -z --no-ext-diff \${head:+HEAD} | xargs -0 -r stat -c %s -- 2>/dev/null | sum)"
  printf 'untracked %s\\n' "$(g ls-files -z --others --exclude-standard | xargs -0 -r stat -c %s -- 2>/dev/null | sum)"
  if same_as_snapshot; then printf 'snapshot %s\\n' "$snapshot"; fi
  if as_saved "$head"; then printf 'files %s\\n' "$files"; fi
elif [ -e "$path" ]; then
  found=$(find "$path" \\( -type f -o -type l \\) -newerct "@$since" -printf '%s\\n') || fail find
  printf 'repository no\\nuntracked %s\\n' "$(printf '%s' "\${found:+$found
}" | sum)"
else
  echo 'repository absent'
fi
echo end
`;

/**
 * The second question, only where the first left something to ask.
 *
 * Arguments: path, time of making. Standard input: lines `unknown ID`, `saved ID`, `known ID`, then `end`, then
 * NUL-separated ignored paths to search. Answer: `commits N` (neither known nor saved), `saved N` (saved alone), `files`,
 * then NUL-ended records `f SIZE PATH`, `g PATH` and `end`.
 */
export const PROBE_MORE_SCRIPT = `${PRELUDE}
since=$1
cd -- "$path" || fail path
tips= saved= known= held=
while IFS=" " read -r word id; do
  case $word in
    unknown) tips="$tips $id" ;;
    saved) saved="$saved $id" held="$held ^$id" ;;
    known) known="$known ^$id" ;;
    end) break ;;
    *) fail protocol ;;
  esac
done
# shellcheck disable=SC2086 # ids, one word each
if [ -n "$tips" ]; then count=$(g rev-list --count $tips $held $known --) || fail commits; else count=0; fi
# shellcheck disable=SC2086
if [ -n "$saved" ]; then copies=$(g rev-list --count $saved $known --) || fail commits; else copies=0; fi
printf 'commits %s\\nsaved %s\\nfiles\\n' "$count" "$copies"
xargs -0 -r sh -c 'since=$1; shift; find "$@" -name .git -printf "g %h\\\\0" -prune -o \\( -type f -o -type l \\) -newerct "@$since" -printf "f %s %p\\\\0"' sh "$since" | head -z -n 5001
printf 'end\\0'
`;
