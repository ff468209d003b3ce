/*
 * A look at many files walks all folders of a worker for untracked files, which takes as long as the look at the tracked
 * ones, while the host's own git does the same. git can remember which folders have not changed since (its untracked
 * cache), in an index: one of ours, because the worker's own is left alone.
 *
 * Nothing is written over on the strength of it: who writes looks without it (`PUSH_SCRIPT`, the probe).
 */

/** Bytes of an index from which it pays: about 6,000 files. */
const MANY = 524_288;

/**
 * At the end of a push: `keep_look_index` makes the folder in which looks keep such an index, where there are many files.
 * Without it a look is slower and the same.
 */
export const KEEP_LOOK_INDEX = `
keep_look_index() {
  [ "$(stat -c %s -- "$(g rev-parse --git-path index)")" -lt ${MANY} ] || mkdir -p -- "$(g rev-parse --git-path limaform-look)"
}
`;

/**
 * `own_index`: where there is that folder, git looks with a copy of the index at `$place/index`, made anew whenever that
 * one is another file (git never writes into an index, it puts another in its place), and `$remembering` holds arguments
 * of git with which it remembers. The time of the copy is the index's own: git reads again what changed since then.
 */
export const LOOK_INDEX = `
remembering=
own_index() {
  copies=$place/limaform-look
  [ -d "$copies" ] && key=$(stat -c %i-%s-%.9Z -- "$place/index") || return 0
  if [ ! -f "$copies/$key" ]; then
    rm -f -- "$copies"/*
    cp -p -- "$place/index" "$copies/$$.new" && [ "$(stat -c %i-%s-%.9Z -- "$place/index")" = "$key" ] &&
      mv -f -- "$copies/$$.new" "$copies/$key" || { rm -f -- "$copies/$$.new"; return 0; }
  fi
  export GIT_INDEX_FILE="$copies/$key"
  remembering='-c core.splitIndex=false -c core.untrackedCache=true -c status.showUntrackedFiles=all'
}
`;
