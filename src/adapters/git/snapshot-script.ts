import { UNHIDE } from "./guest-script.js";

/**
 * `snapshot_tree HEAD`: the tree of all that lies in the work tree (without ignored files and nested repositories), in
 * `$tree`. Bytes are taken as they are: no filter, no line-end conversion. Needs `g` and the work tree's top as folder.
 *
 * Where `$large_size` is set, changed files whose size in digits matches that pattern are left as HEAD has them; their
 * number is in `$large`.
 *
 * `tree_of FILE`: the tree of the NUL-ended names in FILE alone. `add_names FOLDER FILE` puts names into the index.
 *
 * New objects go to git's own folder, or to GIT_OBJECT_DIRECTORY. Fails (returns 1) where a file cannot be read, or has a name that no git takes (`.GIT`). Names
 * are handled NUL-ended or quoted as git quotes them, so that any name is possible. Needs GNU sed, grep and stat.
 */
export const SNAPSHOT_TREE = `${UNHIDE}
add_names() {
  xargs -0 -r stat --printf '%f %n\\0' -- < "$2" > "$1/stats" 2>/dev/null
  for kind in '100755 ^8.[4-7c-f]' '100644 ^8.[0-389ab]'; do
    grep -zE "\${kind#* }. " < "$1/stats" | cut -z -c 6- |
      sed -z 's/\\\\/\\\\\\\\/g; s/"/\\\\"/g; s/\\n/\\\\n/g; s/^/"/; s/$/"/' | tr '\\0' '\\n' > "$1/quoted"
    [ -s "$1/quoted" ] || continue
    g hash-object -w --no-filters --stdin-paths < "$1/quoted" > "$1/ids" || return 1
    sed "s/^/\${kind%% *} /" "$1/ids" | paste - "$1/quoted" |
      g -c core.protectNTFS=false -c core.protectHFS=false update-index --add --replace --index-info 2> "$1/said" || return 1
    ! grep -q '^Ignoring path' "$1/said" || return 1
  done
  grep -z '^a' < "$1/stats" | cut -z -c 6- > "$1/links"
  xargs -0 -r sh -c 'for f; do
    id=$(readlink -n -- "$f" | git hash-object -w --stdin) || exit 1
    printf "120000 %s\\\\t%s\\\\0" "$id" "$f"
  done' sh < "$1/links" > "$1/linked" || return 1
  g -c core.protectNTFS=false -c core.protectHFS=false update-index --add --replace -z --index-info < "$1/linked" 2> "$1/said" &&
    ! grep -q '^Ignoring path' "$1/said"
}
snapshot_tree() {
  snap=$(mktemp -d) || return 1
  index=$(g rev-parse --git-path index)
  [ ! -f "$index" ] || { cp -p -- "$index" "$snap/index" && unhide "$snap/index"; } || return 1
  export GIT_INDEX_FILE="$snap/index"
  g update-index -q --really-refresh >/dev/null 2>&1
  if [ -n "$1" ]; then g diff-index --cached --name-only -z --no-renames --no-ext-diff "$1" --
  else g ls-files -z; fi > "$snap/all" || return 1
  g diff-files --name-only -z --no-ext-diff >> "$snap/all" || return 1
  if [ "\${every:-no}" = yes ]; then g ls-files -z >> "$snap/all" || return 1; fi
  g ls-files -z --others --exclude-standard >> "$snap/all" || return 1
  sort -zu "$snap/all" | grep -zv '/$' > "$snap/names"
  large=0
  if [ -n "\${large_size:-}" ]; then
    xargs -0 -r stat --printf '%s %n\\0' -- < "$snap/names" 2>/dev/null |
      grep -zE "^($large_size) " | cut -z -d ' ' -f 2- | sort -zu > "$snap/large"
    large=$(tr -cd '\\0' < "$snap/large" | wc -c)
    comm -z -23 "$snap/names" "$snap/large" > "$snap/all" && mv "$snap/all" "$snap/names" || return 1
  fi
  xargs -0 -r sh -c 'for f; do [ ! -d "$f" ] || [ -L "$f" ] || [ ! -e "$f/.git" ] || printf "%s\\\\0" "$f"; done' sh < "$snap/names" |
    sort -z > "$snap/kept"
  export GIT_INDEX_FILE="$snap/tree"
  if [ -n "$1" ]; then g read-tree "$1"; else g read-tree --empty; fi || return 1
  comm -z -23 "$snap/names" "$snap/kept" | g update-index -z --force-remove --stdin || return 1
  add_names "$snap" "$snap/names" || return 1
  tree=$(g write-tree)
  status=$?
  unset GIT_INDEX_FILE
  rm -rf "$snap"
  return $status
}
tree_of() {
  snap=$(mktemp -d) || return 1
  export GIT_INDEX_FILE="$snap/tree"
  g read-tree --empty && add_names "$snap" "$1" && tree=$(g write-tree)
  status=$?
  unset GIT_INDEX_FILE
  rm -rf "$snap"
  return $status
}
files_commit() {
  printf 'Uncommitted files of a worker, saved by limaform\\n' |
    GIT_AUTHOR_NAME=limaform GIT_AUTHOR_EMAIL=limaform@localhost GIT_AUTHOR_DATE='@0 +0000' \\
    GIT_COMMITTER_NAME=limaform GIT_COMMITTER_EMAIL=limaform@localhost GIT_COMMITTER_DATE='@0 +0000' \\
    g commit-tree "$1" \${2:+-p "$2"}
}
`;
