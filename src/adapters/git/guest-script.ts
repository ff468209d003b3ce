/* Scripts that run in a guest, and how their answers are read. */
import { RepositoryError } from "../../errors/errors.js";
import type { GuestCommand, GuestResult } from "../../ports/guest.js";
import { escapeText } from "../../util/escape.js";

/**
 * Head of each script: a clean environment, git without hooks, and the repository's folder.
 *
 * Shape: `$1` is the path (`~` in front allowed); afterwards it is `$path` and the other arguments follow. A failure
 * that the host knows how to explain ends with `limaform-error WORD` on stdout and exit code 3. `enter` goes to the
 * folder; where it is no repository, git works on a git directory of limaform's own beside it (`~/.limaform`), so that
 * both sorts of folders are asked, saved and compared in the same way; `enter folder`: also where somebody made a repository
 * of it since. False where there is neither. At the top of a work
 * tree `g` looks at the files there, whatever its configuration says of where they are (`core.worktree`, `core.bare`).
 */
export const PRELUDE = `
set -u
export LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_NO_REPLACE_OBJECTS=1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES GIT_CONFIG_COUNT
fail() { printf 'limaform-error %s\\n' "$1"; exit 3; }
path=$1; shift
case $path in "~") path=$HOME ;; "~/"*) path=$HOME/\${path#"~/"} ;; esac
g() {
  if [ -z "\${GIT_DIR:-}" ] && [ -e .git ]; then set -- --work-tree=. "$@"; fi
  git -c core.hooksPath=/dev/null -c core.fsmonitor=false -c core.fileMode=true -c core.quotePath=true -c gc.auto=0 -c maintenance.auto=false -c advice.addEmbeddedRepo=false "$@"
}
command -v git >/dev/null 2>&1 || fail no_git
own_git_dir() { printf '%s/.limaform/%s.git' "$HOME" "$(printf %s "$path" | cksum | tr ' ' -)"; }
enter() {
  if [ "\${1:-}" != folder ] && [ -e "$path/.git" ]; then cd -- "$path"; return; fi
  [ -d "$path" ] && [ -d "$(own_git_dir)" ] || return 1
  GIT_DIR=$(own_git_dir) GIT_WORK_TREE=$path
  export GIT_DIR GIT_WORK_TREE
  cd -- "$path"
}
`;

/**
 * What git is told not to look at (\`--assume-unchanged\`, \`--skip-worktree\`) is looked at all the same: in a copy of the
 * index, because the worker's own is left alone. `unhide COPY` clears those bits; a file that a sparse checkout left out
 * is none. `seeing ARGUMENTS…` is git on such a copy, made only where something is hidden; `unseeing` removes it.
 */
export const UNHIDE = `
is_hidden() { g ls-files -v | grep -q '^[a-zS] '; }
unhide() (
  export GIT_INDEX_FILE="$1"
  g ls-files -v -z | grep -z '^[a-zS] ' | cut -z -c 3- > "$1.hidden"
  [ -s "$1.hidden" ] || { rm -f -- "$1.hidden"; exit 0; }
  g update-index --no-assume-unchanged -z --stdin < "$1.hidden" &&
    xargs -0 -r sh -c 'for f; do [ ! -e "$f" ] && [ ! -L "$f" ] || printf "%s\\0" "$f"; done' sh < "$1.hidden" |
    g update-index --no-skip-worktree -z --stdin
  status=$?
  rm -f -- "$1.hidden"
  exit $status
)
seen=
unseeing() { [ -z "$seen" ] || rm -f -- "$seen"; seen=; }
look_closer() {
  unseeing
  is_hidden || return 0
  seen=$(mktemp) && cp -p -- "$(g rev-parse --git-path index)" "$seen" && unhide "$seen"
}
seeing() (
  [ -z "$seen" ] || export GIT_INDEX_FILE="$seen"
  g "$@"
)
`;

/**
 * `same_as_snapshot`: true where the work tree is exactly the commit that was last taken out (and so is not only here); of
 * another one with its ref as argument. `is_elsewhere REF`: and that commit is in the list `$known`.
 */
export const SAME_AS_SNAPSHOT = `
same_as_snapshot() {
  snapshot=$(g rev-parse -q --verify "\${1:-refs/limaform/snapshot}^{commit}") || return 1
  scratch=$(mktemp) || return 1
  rm -f "$scratch"
  GIT_INDEX_FILE=$scratch g read-tree "$snapshot" || { rm -f "$scratch"; return 1; }
  GIT_INDEX_FILE=$scratch g update-index -q --refresh >/dev/null 2>&1
  GIT_INDEX_FILE=$scratch g diff-files --quiet --ignore-submodules=none &&
    [ -z "$(GIT_INDEX_FILE=$scratch g ls-files --others --exclude-standard | head -n 1)" ]
  same=$?
  rm -f "$scratch"
  return $same
}
is_elsewhere() {
  same_as_snapshot "$1" && case $known in *" $snapshot "*) ;; *) false ;; esac
}
`;

/** Sets `units` to the runs that are live in the worker. */
export const LIVE_RUNS = `units=$(systemctl list-units --plain --no-legend --state=active,activating,deactivating 'limaform-run-*') || fail units`;

/** A command for `Guest.exec`: the script with its arguments as positional parameters. */
export function scriptCommand(script: string, args: readonly string[], stdin?: GuestCommand["stdin"]): GuestCommand {
  return { argv: ["sh", "-c", script, "limaform", ...args], ...(stdin === undefined ? {} : { stdin }) };
}

/** The word after `limaform-error`, or null. */
export function errorWord(result: GuestResult): string | null {
  return /^limaform-error ([a-z_]+)$/mu.exec(result.stdout)?.[1] ?? null;
}

const MEANING: Readonly<Record<string, string>> = {
  no_git: "git is not installed in the worker",
  no_repository: "there is no repository at that path in the worker",
  not_empty: "the folder holds files that limaform did not bring",
  path: "the folder cannot be made",
  unreadable: "a file cannot be read, or it changed meanwhile",
  absent: "there is no such file",
  large: "a file of it is larger than any that may come out",
  unpack: "the archive could not be unpacked (is the disk full?)",
  write: "a file is in the way of a folder, or a folder of a file",
  nested: "a repository inside it cannot be read",
  nested_format: "a repository inside it has another object format",
  gone: "there is no such folder in the worker",
  snapshot: "its files could not be read whole, for example because they changed meanwhile",
  scratch: "it has no room for temporary files",
  busy: "another push into it is still under way there",
  format: "the repository in the worker has another object format",
  pack: "the worker's git could not take the objects in",
  incomplete: "objects are missing in the worker",
  checkout: "the worker's git could not check the commit out",
};

/** An error for a script that failed; its texts come from the worker and are escaped. */
export function scriptError(code: string, what: string, result: GuestResult): RepositoryError {
  const word = errorWord(result);
  const why = (word === null ? undefined : MEANING[word]) ?? `exit code ${result.exitCode}`;
  const tail = escapeText(result.stderr.trim().split("\n").slice(-5).join("\n")).slice(0, 1000);
  return new RepositoryError(code, `${what}: ${why}${tail === "" ? "" : `\n${tail}`}`, {
    details: { exitCode: result.exitCode, word, stderr: tail },
  });
}
