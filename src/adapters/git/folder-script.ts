import { LIVE_RUNS, PRELUDE } from "./guest-script.js";

/*
 * Files mode in the worker. git works beside the folder, with a git directory of limaform's own: what it holds is what
 * limaform brought, so that everything else there is the worker's own work.
 */

/**
 * Looks whether files may be brought, and which of those brought before the host no longer has.
 *
 * Arguments: path, `fresh` or `used`, `whole` or `part`, patterns that are no work there either (one a line). Standard input: NUL-ended names that the host has. Answer: one of
 * `ready ID` (the last commit, or `none`), `work WORD`; then `gone` and NUL-ended names, `end`.
 */
export const FOLDER_BEGIN_SCRIPT = `${PRELUDE}
tree=$1 part=$2 skip=$3
[ ! -e "$path/.git" ] || fail is_repository
command -v rsync >/dev/null 2>&1 || fail no_rsync
mkdir -p -- "$path" || fail path
if [ ! -d "$(own_git_dir)" ]; then
  [ "$tree" = fresh ] || [ -z "$(ls -A "$path")" ] || fail not_empty
  git init -q --bare --template= "$(own_git_dir)" && git --git-dir="$(own_git_dir)" config core.bare false || fail init
fi
enter || fail path
mkdir -p "$GIT_DIR/info" && echo '* -text -filter -ident -working-tree-encoding' > "$GIT_DIR/info/attributes" &&
  printf '%s\\n' "$skip" > "$GIT_DIR/info/skip" && g config core.excludesFile "$GIT_DIR/info/skip" || fail init
base=$(g rev-parse -q --verify 'refs/limaform/base^{commit}')
if [ "$tree" != fresh ]; then
  [ -z "$(g status --porcelain --untracked-files=all | head -n 1)" ] || { echo 'work has_files'; printf 'gone\\0end\\0'; exit 0; }
  if command -v systemctl >/dev/null 2>&1; then
    ${LIVE_RUNS}
    [ -z "$units" ] || { echo 'work has_run'; printf 'gone\\0end\\0'; exit 0; }
  fi
fi
scratch=$(mktemp) || fail scratch
sort -z > "$scratch"
printf 'ready %s\\n' "\${base:-none}"
printf 'gone\\0'
[ -z "$base" ] || [ "$part" = part ] || g ls-tree -r -z --name-only "$base" | sort -z | comm -z -23 - "$scratch"
rm -f "$scratch"
printf 'end\\0'
`;

/**
 * Notes what was brought, and removes what the host no longer has.
 *
 * Arguments: path, `fresh` or `used`, `delete` or `keep`. Standard input: NUL-ended records `d NAME` (gone on the host),
 * then `f NAME`. Answer: `pushed COMMIT`.
 */
export const FOLDER_END_SCRIPT = `${PRELUDE}
tree=$1 deletes=$2
enter || fail path
scratch=$(mktemp -d) || fail scratch
trap 'rm -rf "$scratch"' EXIT
cat > "$scratch/all"
grep -z '^d ' < "$scratch/all" | cut -z -c 3- > "$scratch/gone"
grep -z '^f ' < "$scratch/all" | cut -z -c 3- > "$scratch/brought"
if [ "$deletes" = delete ]; then
  xargs -0 -r rm -f -- < "$scratch/gone" || fail delete
  xargs -0 -r dirname -z -- < "$scratch/gone" | sort -zu | grep -zvx '\\.' | xargs -0 -r rmdir -p --ignore-fail-on-non-empty -- 2>/dev/null
  g update-index -z --force-remove --stdin < "$scratch/gone" || fail index
fi
g -c core.protectNTFS=false -c core.protectHFS=false update-index --add --remove --replace -z --stdin < "$scratch/brought" || fail index
made=$(g write-tree) || fail index
commit=$(printf 'Files that limaform brought\\n' |
  GIT_AUTHOR_NAME=limaform GIT_AUTHOR_EMAIL=limaform@localhost GIT_AUTHOR_DATE='@0 +0000' \\
  GIT_COMMITTER_NAME=limaform GIT_COMMITTER_EMAIL=limaform@localhost GIT_COMMITTER_DATE='@0 +0000' \\
  g commit-tree "$made") || fail index
g update-ref --no-deref HEAD "$commit" && g update-ref refs/limaform/base "$commit" || fail index
if [ "$tree" = fresh ]; then
  g ls-files --others --exclude-standard --directory | sed -e '/^"/d' -e 's/[][*?\\\\]/\\\\&/g' -e 's|^|/|' >> "$GIT_DIR/info/exclude" || fail index
fi
printf 'pushed %s\\n' "$commit"
`;
