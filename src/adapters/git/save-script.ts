import { PRELUDE } from "./guest-script.js";
import { SNAPSHOT_TREE } from "./snapshot-script.js";

/** The pack of a save waits in the git directory under this word, as a run's does under its id. */
export const SAVE_PACK = "save";

/**
 * Commits what lies uncommitted (beside the worker's own index and branch) and lists every line of history.
 *
 * Arguments: path. Answer: `limaform-save 1`, `format F`, `files ID` (only where something is uncommitted), lines
 * `ref COMMIT OBJECT NAME`, `base ID`, `end`. The same files on the same commit give the same id. Where there is no
 * repository, limaform's own git directory is made beside the folder.
 */
export const SAVE_LIST_SCRIPT = `${PRELUDE}${SNAPSHOT_TREE}
if ! enter; then
  mkdir -p -- "$path" && git init -q --bare --template= "$(own_git_dir)" && git --git-dir="$(own_git_dir)" config core.bare false &&
    enter || fail path
fi
g rev-parse --git-dir >/dev/null || fail no_repository
echo 'limaform-save 1'
printf 'format %s\\n' "$(g rev-parse --show-object-format)"
head=$(g rev-parse -q --verify 'HEAD^{commit}')
snapshot_tree "$head" || fail unreadable
if [ -n "$head" ]; then old=$(g rev-parse "$head^{tree}"); else old=$(g mktree < /dev/null); fi
if [ "$tree" != "$old" ]; then
  files=$(files_commit "$tree" "$head") && g update-ref refs/limaform/saving "$files" || fail snapshot
  printf 'files %s\\n' "$files"
fi
[ -z "$head" ] || printf 'ref %s %s HEAD\\n' "$head" "$head"
g for-each-ref --format='%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)' |
  awk '$1 !~ /^refs\\/(remotes|limaform|stash)/ { if ($2 == "commit") print "ref", $3, $3, substr($1, 6); else if ($4 == "commit") print "ref", $5, $3, substr($1, 6) }' | head -n 2001
g worktree list --porcelain | sed -n 's/^HEAD \\([0-9a-f]*\\)$/\\1/p' | sort -u | awk '!/^0+$/ { print "ref", $1, $1, "worktree" }'
g rev-list -g refs/stash -- 2>/dev/null | awk '{ print "ref", $1, $1, "stash@{" NR - 1 "}" }'
base=$(g rev-parse -q --verify 'refs/limaform/base^{commit}') && printf 'base %s\\n' "$base"
echo end
`;

/**
 * Packs what the host lacks. Arguments: path. Standard input: lines `want ID`, `known ID`, then `end`.
 * Answer: `pack BYTES`, `end`.
 */
export const SAVE_PACK_SCRIPT = `${PRELUDE}
enter || fail path
file=$(g rev-parse --git-path "limaform-${SAVE_PACK}.pack")
from=$(g rev-parse --git-path limaform-save)
if [ -s "$from/stores" ]; then
  GIT_ALTERNATE_OBJECT_DIRECTORIES=$(sed 's/["\\\\]/\\\\&/g; s/.*/"&"/' "$from/stores" | paste -sd: -)
  export GIT_ALTERNATE_OBJECT_DIRECTORIES
fi
shallow=
if [ -s "$from/shallow" ]; then
  own=$(g rev-parse --git-path shallow)
  cat "$from/shallow" $([ ! -s "$own" ] || echo "$own") | sort -u > "$from/both" && shallow=$from/both
fi
while IFS=" " read -r word id; do
  case $word in
    want) echo "$id" ;;
    known) ! g cat-file -e "$id" 2>/dev/null || echo "^$id" ;;
    end) break ;;
  esac
done | g \${shallow:+--shallow-file "$shallow"} pack-objects --revs --stdout -q --delta-base-offset > "$file" || fail snapshot
printf 'pack %d\\nend\\n' "$(wc -c < "$file")"
`;

/** The work is safe on the host. Arguments: path, commit of the files ("" = none). Later probes ask about this commit. */
export const SAVED_SCRIPT = `${PRELUDE}
enter || fail path
rm -f -- "$(g rev-parse --git-path "limaform-${SAVE_PACK}.pack")"
mark=$(g rev-parse --git-path limaform-save)
mkdir -p "$mark" && : > "$mark/done" || fail mark
if [ -n "$1" ]; then g update-ref refs/limaform/saved "$1" && g update-ref -d refs/limaform/saving || fail mark; fi
`;
