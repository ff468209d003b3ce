import { LIVE_RUNS, PRELUDE, SAME_AS_SNAPSHOT, UNHIDE } from "./guest-script.js";

/**
 * Which commits a folder of files mode says its files may be: lines `ref ID`, then `end`. Arguments: path.
 */
export const FOLDER_HELD_SCRIPT = `${PRELUDE}
enter || fail gone
[ -n "\${GIT_DIR:-}" ] || fail is_repository
g for-each-ref --format='ref %(objectname)' refs/limaform/snapshot refs/limaform/saved || fail no_repository
echo end
`;

/**
 * Takes the folder back to the files that limaform brought as one commit, unless it holds what is only there: that is looked
 * at here, in the same script. What the folder's own rules ignore stays. A repository that was made inside stays in the way.
 *
 * Arguments: path, commit. Standard input: lines `known ID` (commits that exist elsewhere), then `end`. Answer:
 * `pushed COMMIT`.
 */
export const FOLDER_RESET_SCRIPT = `${PRELUDE}${SAME_AS_SNAPSHOT}${UNHIDE}
commit=$1
known=" "
while IFS=" " read -r word id; do
  case $word in
    known) known="$known$id " ;;
    end) break ;;
    *) fail protocol ;;
  esac
done
enter || fail gone
[ -n "\${GIT_DIR:-}" ] || fail is_repository
g cat-file -e "$commit^{tree}" || fail incomplete
if command -v systemctl >/dev/null 2>&1; then
  ${LIVE_RUNS}
  [ -z "$units" ] || fail has_run
fi
# The index is limaform's own: what git was told not to look at there would be passed over by the reset, too.
unhide "$GIT_DIR/index" && status=$(g status --porcelain --untracked-files=all | head -n 1) || fail status
[ -z "$(g ls-files -z --others --exclude-standard | grep -z '/$' | head -z -n 1 | tr -d '\\0')" ] || fail has_repository
[ -z "$status" ] || is_elsewhere refs/limaform/snapshot || is_elsewhere refs/limaform/saved || fail has_files
g -c core.protectNTFS=false -c core.protectHFS=false reset -q --hard "$commit" && g clean -q -f -d || fail checkout
g update-ref refs/limaform/base "$commit" && g update-ref -d refs/limaform/snapshot || fail checkout
printf 'pushed %s\\n' "$commit"
`;
