import { PRELUDE, UNHIDE } from "./guest-script.js";

/**
 * Commits what lies uncommitted (beside the worker's own index and branch) and packs all that is not in the base.
 *
 * Arguments: path, run, base, whether the host has that (\`yes\`; else it is packed too), bytes of the largest file that is looked into,
 * `folder` in files mode (what was brought is the base then, also where somebody made a repository of it since). Answer: `tip ID`, `partial yes|no` (a file could not be read), `pack BYTES` (0 = nothing
 * is new), `end`. The pack waits in the git directory until it is fetched. Repositories inside the work tree stay out: they
 * are work that is saved with the worker.
 */
export const COLLECT_SCRIPT = `${PRELUDE}${UNHIDE}
run=$1 base=$2 has=$3 most=$4
enter "$5" || fail no_repository
g rev-parse --git-dir >/dev/null || fail no_repository
head=$(g rev-parse -q --verify 'HEAD^{commit}')
scratch=$(mktemp) || fail scratch
index=$(g rev-parse --git-path index)
if [ -f "$index" ]; then cp -p -- "$index" "$scratch" && unhide "$scratch" || fail scratch; else rm -f "$scratch"; fi
export GIT_INDEX_FILE=$scratch
# A sparse file has no end.
[ -z "$(g ls-files -z --others --modified --exclude-standard | xargs -0 -r stat -c %s -- 2>/dev/null | awk -v most="$most" '$1 + 0 > most + 0' | head -n 1)" ] || fail large
partial=no
{ printf '.\\0'
  g ls-files -z --others --exclude-standard | grep -z '/$' | sed -z 's|^|:(exclude,literal)|; s|/$||'; } |
  g -c core.sparseCheckout=false add -A --ignore-errors --pathspec-from-file=- --pathspec-file-nul >/dev/null 2>&1 || partial=yes
g ls-files -s -z | grep -z '^160000 ' | cut -z -f 2- | g update-index -z --force-remove --stdin || fail snapshot
[ -z "$head" ] || g ls-tree -r -z "$head" | grep -z '^160000 ' | g update-index -z --index-info || fail snapshot
tree=$(g write-tree) || fail snapshot
unset GIT_INDEX_FILE
rm -f "$scratch"
tip=$head
if [ -z "$head" ] || [ "$tree" != "$(g rev-parse "$head^{tree}")" ]; then
  name=$(g config user.name || echo 'limaform agent')
  mail=$(g config user.email || echo agent@limaform.localhost)
  tip=$(echo "Uncommitted files at the end of run $run" |
    GIT_AUTHOR_NAME=$name GIT_AUTHOR_EMAIL=$mail GIT_COMMITTER_NAME=$name GIT_COMMITTER_EMAIL=$mail \\
    g commit-tree "$tree" \${head:+-p "$head"}) || fail snapshot
fi
g update-ref "refs/limaform/result/$run" "$tip" && g update-ref refs/limaform/snapshot "$tip" || fail snapshot
file=$(g rev-parse --git-path "limaform-$run.pack")
if [ "$tip" = "$base" ]; then
  rm -f "$file"; size=0
else
  { echo "$tip"
    if g cat-file -e "$base^{commit}" 2>/dev/null; then if [ "$has" = yes ]; then echo "^$base"; else echo "$base"; fi; fi; } |
    g pack-objects --revs --stdout -q --delta-base-offset > "$file" || fail snapshot
  size=$(wc -c < "$file") || fail snapshot
fi
printf 'tip %s\\npartial %s\\npack %d\\nend\\n' "$tip" "$partial" "$size"
`;

/** A part of the waiting pack in base64. Arguments: path, run, offset, length, `folder` as above. Units: bytes. */
export const READ_PACK_SCRIPT = `${PRELUDE}
enter "\${4:-}" || fail path
file=$(g rev-parse --git-path "limaform-$1.pack")
tail -c "+$(($2 + 1))" -- "$file" | head -c "$3" | base64
`;

/**
 * The work is safe on the host. The mark outlives a power cut: without it the worker would be thought to hold the only copy.
 *
 * Arguments: path, run, folder of runs, `folder` as above.
 */
export const COLLECTED_SCRIPT = `${PRELUDE}
run=$1 runs=$2
enter "$3" || fail path
rm -f -- "$(g rev-parse --git-path "limaform-$run.pack")"
[ -d "$runs/$run" ] || exit 0
: > "$runs/$run/collected" || fail mark
sync "$runs/$run/collected" "$runs/$run" 2>/dev/null || sync
`;
