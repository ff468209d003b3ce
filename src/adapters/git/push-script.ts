import { LIVE_RUNS, PRELUDE, SAME_AS_SNAPSHOT, UNHIDE } from "./guest-script.js";
import { KEEP_LOOK_INDEX } from "./look-index.js";

/**
 * What a worker's repository has: `absent`, or the lines `ref ID` for every branch, HEAD, our base, snapshot, what was saved last and what waits beside it.
 * `same` where it stands on the wanted commit, on the wanted branch, with nothing else to be seen.
 *
 * Shape: two processes of git where a branch is checked out, because this is asked before every push, and most bring
 * nothing.
 *
 * Arguments: path, wanted commit, wanted branch ("" = detached).
 */
export const INSPECT_SCRIPT = `${PRELUDE}
[ -e "$path/.git" ] || { echo absent; echo end; exit 0; }
cd -- "$path" || fail path
refs=$(g for-each-ref --format='%(HEAD) %(objectname) %(refname)' refs/heads refs/limaform/base refs/limaform/snapshot refs/limaform/saved refs/limaform/incoming) || fail no_repository
lines="
$refs
"
isSame=no head=
case $lines in
  *"
* $1 refs/heads/$2
"*) isSame=yes ;;
  *"
* "*) ;;
  *)
    head=$(g rev-parse -q --verify 'HEAD^{commit}')
    if [ "$2 $head" = " $1" ] && ! g symbolic-ref -q HEAD >/dev/null; then isSame=yes; fi ;;
esac
case $lines in *"
  $1 refs/limaform/base
"*) ;; *) isSame=no ;; esac
printf '%s\\n- %s\\n' "$refs" "$head" | cut -c 3- | cut -d ' ' -f 1 | sort -u | head -n 1001 | sed -n 's/^./ref &/p'
if [ $isSame = yes ] && status=$(g status --porcelain --untracked-files=all | head -n 1) && [ -z "$status" ]; then echo same; fi
echo end
`;

/** The branch that is checked out. Arguments: path. */
export const BRANCH_SCRIPT = `${PRELUDE}
cd -- "$path" || fail path
printf 'branch %s\\n' "$(g symbolic-ref -q --short HEAD)"
`;

/**
 * `undo WORD`: fails, and says how much room there was; what this script began is taken back before, so that a full disk
 * leaves neither half a checkout, which the next push would take for work, nor packs that nobody needs. Only files that
 * this script made: another git may be at work. A fresh tree is overwritten by the next push anyway, and a hook's files in
 * it are none of ours. `limaform-kept`: the worker holds what it held.
 */
const ROLL_BACK = `
isNew=no isTouched=no objects= made= before=
drop() {
  for file in "$objects"/tmp_* "$objects/\${made:-none}".*; do
    case "$before" in *"/\${file##*/}
"*) ;; *) rm -f -- "$file" ;; esac
  done
}
take_back() {
  if [ -n "$objects" ]; then
    { g for-each-ref --format='%(objectname)' refs/heads; g rev-parse -q --verify HEAD; } | grep -qxF "$commit" || drop
  fi
  [ "$tree" != fresh ] || return 1
  if [ $isNew = yes ]; then find . -mindepth 1 -delete; return; fi
  [ $isTouched = yes ] || return 0
  g rev-parse -q --verify 'HEAD^{commit}' >/dev/null || { g read-tree --empty && g clean -q -f -d; return; }
  g clean -q -f -d && g reset -q --hard && rm -f -- "$(g rev-parse --git-path limaform-pushing)"
}
undo() {
  printf 'limaform-free %s\\n' "$(df -Pk . | { read -r _; read -r _ _ _ free _; printf %s "$free"; })"
  if take_back >&2; then echo limaform-kept; fi
  fail "$1"
}
`;

/**
 * What a push that died in the middle of its checkout leaves: a note of what it wanted, locks of git, and a tree that is
 * part old and part new. `find_half`: sets `half` to the commit that it wanted and removes its locks, once its process is
 * gone. `is_half`: true where each file is as HEAD or that commit has it, or missing, or the one that was being written, so
 * that nothing in the tree is only there.
 */
const HALF_DONE = `
half=
boot() { cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo none; }
find_half() {
  note=$(g rev-parse --git-path limaform-pushing)
  [ -e "$note" ] && read -r pid place half < "$note" || { half=; return 0; }
  # One that has ended and waits for its parent has no command line any more; nor is another program's this script.
  [ "$place" != "$(boot)" ] || ! grep -q limaform-pushing "/proc/$pid/cmdline" 2>/dev/null || fail busy
  for name in index HEAD "\${branch:+refs/heads/$branch}"; do rm -f -- "$(g rev-parse --git-path "$name.lock")"; done
}
differs() {
  GIT_INDEX_FILE=$scratch/index g read-tree "$1" || return 1
  GIT_INDEX_FILE=$scratch/index g update-index -q --refresh >/dev/null 2>&1
  { GIT_INDEX_FILE=$scratch/index g diff-files --name-only --diff-filter=d -z &&
    GIT_INDEX_FILE=$scratch/index g ls-files --others --exclude-standard -z; } | sort -z
}
is_half() {
  [ -n "$half" ] && g cat-file -e "$half^{tree}" 2>/dev/null || return 1
  scratch=$(mktemp -d) || return 1
  if differs "$(g rev-parse -q --verify 'HEAD^{commit}' || g hash-object -t tree /dev/null)" > "$scratch/had" && differs "$half" > "$scratch/wanted"; then
    comm -z -12 "$scratch/had" "$scratch/wanted" > "$scratch/neither"
    file=$(tr '\\0' '\\n' < "$scratch/neither")
    [ -z "$file" ] || { [ -f "$file" ] && [ ! -L "$file" ] &&
      [ "$(stat -c %s -- "$file")" -lt "$(g cat-file -s "$half:$file" 2>/dev/null || echo 0)" ] &&
      g cat-file blob "$half:$file" 2>/dev/null | head -c "$(stat -c %s -- "$file")" | cmp -s - -- "$file"; }
  else false; fi
  isHalf=$?
  rm -rf "$scratch"
  return $isHalf
}
`;

/**
 * Takes the objects in and checks the commit out, unless the worker holds work that would be lost by it: that is looked
 * at again here, in the same script.
 *
 * Arguments: path, branch ("" = detached), commit, object format, whether a pack follows (`pack` or `none`), `fresh`,
 * `used` or `beside` (with work in the way the commit waits as `refs/limaform/incoming`: `diverged WORD`). A fresh tree holds no work: what a hook of the image left beside the tracked files stays, and is put on the
 * repository's own ignore list, because it was there before any agent.
 * Standard input: lines `known ID` (commits that exist elsewhere), `shallow ID`, then `end`, then the pack.
 */
export const PUSH_SCRIPT = `${PRELUDE}${UNHIDE}${SAME_AS_SNAPSHOT}${ROLL_BACK}${HALF_DONE}${KEEP_LOOK_INDEX}
branch=$1 commit=$2 format=$3 pack=$4 tree=$5
known=" " shallow=
while IFS=" " read -r word id; do
  case $word in
    known) known="$known$id " ;;
    shallow) shallow="$shallow$id
" ;;
    end) break ;;
    *) fail protocol ;;
  esac
done
mkdir -p -- "$path" && cd -- "$path" || fail path
isDirty=no
refuse() {
  [ "$tree" = beside ] || fail "$1"
  if [ "$pack" = pack ]; then g index-pack --stdin >/dev/null || fail pack; fi
  g cat-file -e "$commit^{tree}" && g update-ref refs/limaform/incoming "$commit" || fail incomplete
  printf 'diverged %s\\n' "$1"
  exit 0
}
refuse_work() {
  for id in $(g for-each-ref --format='%(objectname)' refs/heads) $(g rev-parse -q --verify 'HEAD^{commit}'); do
    case $known in *" $id "*) ;; *) refuse has_commits ;; esac
  done
  look_closer || fail status
  status=$(seeing status --porcelain --untracked-files=all | head -n 1) || fail status
  unseeing
  if [ -n "$status" ]; then
    if ! is_half; then
      is_elsewhere refs/limaform/snapshot || is_elsewhere refs/limaform/saved || refuse has_files
    fi
    isDirty=yes
  fi
  if command -v systemctl >/dev/null 2>&1; then
    ${LIVE_RUNS}
    [ -z "$units" ] || refuse has_run
  fi
}
if [ -e .git ]; then
  # Our own base came from the host: it is never work, even where the host has forgotten it since.
  known="$known$(g rev-parse -q --verify 'refs/limaform/base^{commit}') "
  [ "$(g rev-parse --show-object-format)" = "$format" ] || fail format
  find_half
  [ "$tree" = fresh ] || refuse_work
else
  [ "$tree" = fresh ] || [ -z "$(ls -A)" ] || fail not_empty
  isNew=yes
  g init -q --template= --object-format="$format" || undo init
fi
if [ -n "$shallow" ]; then printf '%s' "$shallow" > "$(g rev-parse --git-path shallow)" || undo shallow; fi
objects=$(g rev-parse --git-path objects/pack)
before=$(for file in "$objects"/*; do printf '%s\\n' "$file"; done; echo end)
if [ "$pack" = pack ]; then
  made=$(g index-pack --stdin) || undo pack
  made=pack-\${made##*[!0-9a-f]}
fi
g cat-file -e "$commit^{tree}" || undo incomplete
printf '%s %s %s\\n' $$ "$(boot)" "$commit" > "$(g rev-parse --git-path limaform-pushing)" || undo checkout
isTouched=yes
# What is known elsewhere and hidden is written over too; git refuses that as long as it is hidden.
if [ $isDirty = yes ]; then unhide "$(g rev-parse --git-path index)" || undo checkout; fi
if [ -n "$branch" ]; then
  g checkout -q -f --no-track -B "$branch" "$commit" || undo checkout
else
  g checkout -q -f --detach "$commit" || undo checkout
fi
if [ $isDirty = yes ]; then g clean -q -f -d || fail checkout; fi
if [ "$tree" = fresh ]; then
  exclude=$(g rev-parse --git-path info/exclude)
  mkdir -p "$(dirname "$exclude")" || fail checkout
  g ls-files --others --exclude-standard --directory | sed -e '/^"/d' -e 's/[][*?\\\\]/\\\\&/g' -e 's|^|/|' >> "$exclude" || fail checkout
fi
g update-ref -d refs/limaform/snapshot 2>/dev/null
g update-ref -d refs/limaform/incoming 2>/dev/null
g update-ref refs/limaform/base "$commit" || fail checkout
rm -f -- "$(g rev-parse --git-path limaform-pushing)"
g config user.name >/dev/null || g config --local user.name 'limaform agent' || fail checkout
g config user.email >/dev/null || g config --local user.email agent@limaform.localhost || fail checkout
keep_look_index
printf 'pushed %s\\n' "$commit"
`;
