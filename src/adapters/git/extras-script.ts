import { PRELUDE } from "./guest-script.js";
import { SNAPSHOT_TREE } from "./snapshot-script.js";

/**
 * Commits of all work that lies outside the branch and files of the repository itself: ignored files, files of linked work
 * trees, repositories inside with their history, folders of `work.paths`. The same work gives the same commits.
 *
 * Arguments: path, `keep` (objects stay, for a save) or `look` (nothing is left behind), time of making, patterns that are
 * never work (one a line), then the folders of `work.paths`. Standard input: NUL-ended records `f PATH` (an ignored file),
 * `g PATH` (a repository inside). Answer: lines `extra KIND COMMIT OBJECT NAME`, then `end`.
 * Units: seconds since 1970. Source: design page §6.
 */
export const EXTRAS_SCRIPT = `${PRELUDE}${SNAPSHOT_TREE}
mode=$1 since=$2 patterns=$3; shift 3
enter || fail path
top=$(pwd -P)
scratch=$(mktemp -d) || fail scratch
trap 'rm -rf "$scratch"' EXIT
printf '%s\\n' "$patterns" > "$scratch/patterns"
format=$(g rev-parse --show-object-format)
store=$(cd "$(g rev-parse --git-path objects)" && pwd) || fail no_repository
keep=$(g rev-parse --git-path limaform-save)
case $keep in /*) ;; *) keep=$top/$keep ;; esac
: > "$scratch/stores"; : > "$scratch/shallow"; : > "$scratch/trees"
out=$store
if [ "$mode" = look ]; then out=$scratch/objects; mkdir "$out" || fail scratch; fi
quote() { printf '"%s"' "$(printf %s "$1" | sed 's/["\\\\]/\\\\&/g')"; }
line() { printf %s "$1" | tr '\\n' '?'; }
emit() { printf 'extra %s %s %s %s\\n' "$1" "$2" "$3" "$(line "$4")"; }
use_objects() {
  GIT_OBJECT_DIRECTORY=$out GIT_ALTERNATE_OBJECT_DIRECTORIES=$(quote "$store"):$(quote "$1")
  export GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES
}
rest() {
  : > "$scratch/never"
  g ls-files -z --others --ignored --exclude-from="$scratch/patterns" | sort -z > "$scratch/never" || return 1
  g ls-files -z --others --ignored --exclude-standard | sort -z | comm -z -23 - "$scratch/never" | grep -zv '/$' > "$scratch/rest"
  [ -s "$scratch/rest" ] || return 0
  tree_of "$scratch/rest" && commit=$(files_commit "$tree" "") && emit "$1" "$commit" "$commit" "$2: ignored files"
}
place() {
  head=$(g rev-parse -q --verify 'HEAD^{commit}')
  snapshot_tree "$head" || fail unreadable
  commit=$(files_commit "$tree" "$head") || fail snapshot
  emit "$1" "$commit" "$commit" "$2: files"
  rest "$1" "$2" || fail unreadable
}
nested() (
  [ "$2" -lt 9 ] || fail nested
  unset GIT_DIR GIT_WORK_TREE
  cd -- "$1" || fail nested
  inner=$(cd "$(g rev-parse --git-path objects)" && pwd) && [ -n "$(g rev-parse --show-toplevel)" ] || fail nested
  [ "$(g rev-parse --show-object-format)" = "$format" ] || fail nested_format
  printf '%s\\n' "$inner" >> "$scratch/stores"
  [ ! -f "$inner/info/alternates" ] || sed 's|^[^/]|'"$inner"'/&|' "$inner/info/alternates" >> "$scratch/stores"
  [ ! -s "$(g rev-parse --git-path shallow)" ] || cat "$(g rev-parse --git-path shallow)" >> "$scratch/shallow"
  g ls-files -z --others --exclude-standard | grep -z '/$' > "$scratch/inner.$2"
  g ls-files -s -z | grep -z '^160000 ' | cut -z -f 2- | xargs -0 -r sh -c 'for f; do [ ! -e "$f/.git" ] || printf "%s\\\\0" "$f"; done' sh >> "$scratch/inner.$2"
  use_objects "$inner"
  place nested_repository "$3"
  {
    g rev-parse -q --verify 'HEAD^{commit}' | sed 's/.*/& & HEAD/'
    g for-each-ref --format='%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)' |
      awk '$1 !~ /^refs\\/(remotes|stash)/ { if ($2 == "commit") print $3, $3, substr($1, 6); else if ($4 == "commit") print $5, $3, substr($1, 6) }'
    g rev-list -g refs/stash -- 2>/dev/null | awk '{ print $1, $1, "stash@{" NR - 1 "}" }'
  } | while IFS=" " read -r commit object name; do emit nested_repository "$commit" "$object" "$3: $name"; done
  xargs -0 -r -n 1 printf '%s\\n' < "$scratch/inner.$2" > "$scratch/lines.$2"
  while IFS= read -r sub; do nested "$sub" $(($2 + 1)) "$3/\${sub%/}" || exit 3; done < "$scratch/lines.$2"
)
tr '\\n\\0' '\\0\\n' > "$scratch/asked"
sed -n 's/^f //p' "$scratch/asked" | tr '\\n\\0' '\\0\\n' | sort -zu > "$scratch/ignored"
sed -n 's/^g //p' "$scratch/asked" | tr '\\0' '\\n' | sort -u > "$scratch/nested"
for folder in "$@"; do
  case $folder in "~") folder=$HOME ;; "~/"*) folder=$HOME/\${folder#"~/"} ;; esac
  [ -e "$folder" ] || continue
  find "$folder" -path "$HOME/.limaform" -prune -o -path "$top" -prune -o -name .git -printf '%h\\n' -prune >> "$scratch/nested"
  (
    unset GIT_WORK_TREE
    if [ -d "$folder" ]; then cd -- "$folder" || fail unreadable; else cd -- "$(dirname "$folder")" || fail unreadable; fi
    one=.
    [ -d "$folder" ] || one=./$(basename "$folder")
    export GIT_DIR="\${GIT_DIR:-$(cd "$top" && g rev-parse --absolute-git-dir)}" GIT_WORK_TREE="$(pwd -P)"
    find "$one" -path "$HOME/.limaform" -prune -o -name .git -prune -o \\( -type f -o -type l \\) -newerct "@$since" -printf '%p\\0' |
      sed -z 's|^\\./||' | sort -z > "$scratch/folder"
    [ -s "$scratch/folder" ] || exit 0
    use_objects "$store"
    tree_of "$scratch/folder" && commit=$(files_commit "$tree" "") || fail unreadable
    emit path "$commit" "$commit" "$folder"
  ) || exit 3
done
if [ -s "$scratch/ignored" ]; then
  (
    use_objects "$store"
    tree_of "$scratch/ignored" && commit=$(files_commit "$tree" "") || fail unreadable
    emit ignored "$commit" "$commit" 'ignored files'
  ) || exit 3
fi
[ -n "\${GIT_DIR:-}" ] || g worktree list --porcelain | sed -n 's/^worktree //p' > "$scratch/trees"
while IFS= read -r other; do
  [ -d "$other" ] && [ "$other" != "$top" ] || continue
  (
    unset GIT_DIR GIT_WORK_TREE
    cd -- "$other" || fail unreadable
    use_objects "$store"
    place worktree "$other"
  ) || exit 3
done < "$scratch/trees"
while IFS= read -r inner; do
  nested "$inner" 0 "\${inner%/}" || exit 3
done < "$scratch/nested"
if [ "$mode" = keep ]; then
  mkdir -p "$keep" && sort -u "$scratch/stores" > "$keep/stores" && sort -u "$scratch/shallow" > "$keep/shallow" || fail scratch
fi
echo end
`;
