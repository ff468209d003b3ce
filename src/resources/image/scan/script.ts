import { quoteWord as quote } from "../../../util/shell-quote.js";
import { NOT_PUBLISHED, PUBLISHED } from "./passed.js";
import { CREDENTIAL_FILES, KEY_BODY, KEY_HEADER, PLACEHOLDERS, SHAPES } from "./shapes.js";
import type { SecretTraces } from "./values.js";

export interface ScanInput {
  /** Folder that is scanned as if it were the root; empty = the whole system. */
  readonly root: string;
  /** In memory, so that nothing of it reaches the disk. */
  readonly workFolder: string;
  /**
   * When the build began: what a package brought and what has not changed since is not read again. ISO 8601; null = every
   * file is read.
   */
  readonly since: string | null;
  /**
   * The disk is a clone of one that was looked through before its own seal: what has not changed since then is looked
   * through for values alone, which may have been declared meanwhile.
   */
  readonly isScannedBefore: boolean;
  readonly traces: readonly SecretTraces[];
  /** Patterns of `image.allow_secrets`. */
  readonly allowed: readonly string[];
  /** Absolute path of the code in the guest; null where there is none. */
  readonly repository: string | null;
}

/** Ends each list inside the script; no pattern and no value is this line. */
const MARK = "LIMAFORM-END-OF-LIST-4f1c";
/** Files above this are read as a stream with NUL as line end, so that no line is as large as the file. Units: KiB. */
const LARGE_KIB = 65_536;

/**
 * A POSIX shell script that looks through the files of the disk: once with all patterns in one pass, then through the few
 * that matched. It needs find, xargs, grep, tr, sort and sh, which every distribution has, and no more of
 * memory than a line of a file. It prints one line a finding, never what was found; see `report.ts`.
 *
 * Shape: values stand in lists of the script, so they come over standard input and stand in no argument.
 */
export function scanScript(input: ScanInput): string {
  const { root, workFolder, since, isScannedBefore, traces, allowed, repository } = input;
  const values = traces.flatMap(({ texts }) => texts.map(escapeRegex));
  const loose = [...SHAPES.map(({ pattern }) => pattern), ...values];
  return `set -u
LC_ALL=C; export LC_ALL
umask 077
root=${quote(root)}
work=$(mktemp -d ${quote(workFolder)}/limaform-scan.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
${list("loose", loose)}
${list("values", values)}
${list(
  "strict",
  SHAPES.slice(1).map(({ pattern }) => pattern),
)}
${list("key", [KEY_BODY])}
${traces.map(({ name, texts }) => list(`value.${name}`, texts)).join("\n")}
${list("judge", [judgeScript({ root, allowed, repository })])}
# Without -Z (BusyBox) names end with a line.
zero=Z; echo x | grep -lZ x > /dev/null 2>&1 || zero=
folders() {
  [ -z "$root" ] || { printf '%s\\n' "$root"; return; }
  echo /
  while read -r device folder type _; do
    case $device in /dev/*) ;; *) continue ;; esac
    case $type in iso9660 | squashfs | udf) continue ;; esac
    [ "$folder" = / ] || printf '%b\\n' "$folder"
  done < /proc/mounts
}
folders | sort -u > "$work/folders"
${sinceLines(root, since, isScannedBefore)}
# What was looked through before: then of the old files those that hold a value, and of the others all.
before=${isScannedBefore && since !== null ? '"$work/began"' : ""}
[ -z "$before" ] || [ -e "$before" ] || before=
while IFS= read -r folder; do
  if [ -n "$before" ]; then
    find "$folder" -xdev -type f -size +0 ! -size +${LARGE_KIB}k -cnewer "$before" -print0 >> "$work/files" 2>> "$work/errors"
    find "$folder" -xdev -type f -size +${LARGE_KIB}k -cnewer "$before" -print0 >> "$work/large" 2>> "$work/errors"
    find "$folder" -xdev -type f -size +0 -cnewer "$before" \\( ${nameTests()} \\) -print0 >> "$work/named" 2>> "$work/errors"
    [ ! -s "$work/values" ] ||
      find "$folder" -xdev -type f -size +0 ! -cnewer "$before" -print0 >> "$work/old" 2>> "$work/errors"
    continue
  fi
  if [ -s "$work/owned" ]; then
    find "$folder" -xdev -type f -size +0 ! -size +${LARGE_KIB}k -cnewer "$work/began" -print0 >> "$work/files" 2>> "$work/errors"
    find "$folder" -xdev -type f -size +0 ! -size +${LARGE_KIB}k ! -cnewer "$work/began" -name '*
*' -print0 >> "$work/files" 2>> "$work/errors"
    find "$folder" -xdev -type f -size +0 ! -size +${LARGE_KIB}k ! -cnewer "$work/began" ! -name '*
*' -print 2>> "$work/errors" | sort -u | comm -23 - "$work/owned" | tr '\\n' '\\000' >> "$work/files"
  else
    find "$folder" -xdev -type f -size +0 ! -size +${LARGE_KIB}k -print0 >> "$work/files" 2>> "$work/errors"
  fi
  find "$folder" -xdev -type f -size +${LARGE_KIB}k -print0 >> "$work/large" 2>> "$work/errors"
  find "$folder" -xdev -type f -size +0 \\( ${nameTests()} \\) -print0 >> "$work/named" 2>> "$work/errors"
done < "$work/folders"
jobs=$(getconf _NPROCESSORS_ONLN 2> /dev/null || echo 1)
# Exit codes of grep above 1 leave a message: that is what is looked at.
xargs -0 -n 300 -P "$jobs" sh -c 'work=$0; zero=$1; shift
grep -l"$zero"aE -f "$work/loose" -- "$@" > "$work/hits.$$" 2> "$work/errors.$$"; :' "$work" "$zero" < "$work/files"
[ ! -s "$work/old" ] || xargs -0 -n 300 -P "$jobs" sh -c 'work=$0; zero=$1; shift
grep -l"$zero"aE -f "$work/values" -- "$@" > "$work/hits.old.$$" 2> "$work/errors.old.$$"; :' "$work" "$zero" < "$work/old"
[ ! -s "$work/large" ] || xargs -0 -n 1 sh -c 'if tr "\\000" "\\n" < "$1" | grep -aE -m 1 -f "$0/loose" > /dev/null 2>> "$0/errors"
then printf "%s\\0" "$1" >> "$0/hits.large"; fi; :' "$work" < "$work/large"
[ -n "$zero" ] || for file in "$work"/hits.*; do tr '\\n' '\\000' < "$file" > "$file.z"; mv "$file.z" "$file"; done
cat "$work"/hits.* /dev/null > "$work/candidates"
[ ! -s "$work/candidates" ] || xargs -0 -n 1 sh "$work/judge" "$work" shapes < "$work/candidates"
[ ! -s "$work/named" ] || xargs -0 -n 1 sh "$work/judge" "$work" names < "$work/named"
cat "$work"/errors* /dev/null | grep -v 'No such file' | head -n 5 | tr '\\t' ' ' | sed 's/^/unread\t/'
printf 'scanned\\t%s\\n' "$(cat "$work/files" "$work/large" "$work/old" 2> /dev/null | tr -cd '\\000' | wc -c | tr -d ' ')"
`;
}

/** Judges one file that matched, or one whose name tells: `judge WORK shapes|names PATH`. */
function judgeScript({
  root,
  allowed,
  repository,
}: Omit<ScanInput, "traces" | "workFolder" | "since" | "isScannedBefore">): string {
  return `work=$1 path=$3
root=${quote(root)}
inside=\${path#"$root"}
name=\${path##*/}
stream() { tr '\\000' '\\n' < "$path"; }
kinds() {
  if [ "$2" = shapes ]; then
    { stream | grep -aE -A 3 ${quote(KEY_HEADER)} | tr '\\n\\r' '\\t\\t' | grep -aoE -f "$work/key"
      stream | grep -aoE -f "$work/strict"; } | sort -u | head -n 500 | while IFS= read -r match; do
      case $match in
      ${PLACEHOLDERS.join(" | ")}) ;;
${SHAPES.map(({ kind, marks }) => `      ${marks.join(" | ")}) echo ${kind} ;;`).join("\n")}
      esac
    done
    for value in "$work"/value.*; do
      [ ! -e "$value" ] || ! stream | grep -aF -f "$value" > /dev/null || echo "secrets.\${value##*/value.}"
    done
  else
    case $name in
${CREDENTIAL_FILES.map(({ kind, names, pattern }) => `    ${names.join(" | ")}) ! stream | grep -aE ${quote(pattern)} > /dev/null || echo ${kind} ;;`).join("\n")}
    esac
  fi
}
# Of a package, and as the package brought it.
packaged() {
  [ -d "$root/var/lib/dpkg/info" ] || return 1
  for known in "$inside" "\${inside#/usr}"; do
    list=$(grep -lxF -- "$known" "$root"/var/lib/dpkg/info/*.list 2> /dev/null | head -n 1)
    [ -n "$list" ] || continue
    sums=\${list%.list}.md5sums
    sum=$(md5sum < "$path") && sum=\${sum%% *}
    ! grep -xF -- "$sum  \${known#/}" "$sums" > /dev/null 2>&1 || return 0
  done
  return 1
}
# In the repository as HEAD has it: every worker gets it with the code.
committed() {
  repository=${quote(repository ?? "")}
  [ -n "$repository" ] || return 1
  case $inside in "$repository"/*) ;; *) return 1 ;; esac
  file=\${inside#"$repository"/}
  blob=$(git -c safe.directory='*' -C "$root$repository" rev-parse -q --verify "HEAD:$file" 2> /dev/null) || return 1
  [ "$(git -c safe.directory='*' -C "$root$repository" hash-object --no-filters -- "$path" 2> /dev/null)" = "$blob" ]
}
why() {
  case $1 in secrets.*) ;; *)
    case $inside in
    ${NOT_PUBLISHED.join(" | ")}) ;;
${PUBLISHED.map(({ why, paths }) => `    ${paths.join(" | ")}) echo ${why}; return ;;`).join("\n")}
    esac
    ! packaged || { echo package; return; }
    ! committed || { echo repository; return; } ;;
  esac
  case $inside in
${allowed.map((pattern) => `  ${escapePattern(pattern)}) echo allowed; return ;;`).join("\n")}
  esac
}
kinds "$@" | sort -u | while IFS= read -r kind; do
  reason=$(why "$kind")
  word=found; [ -z "$reason" ] || word=passed
  printf '%s\\t%s\\t%s\\t%s\\n' "$word" "$kind" "$reason" "$(printf %s "$inside" | tr '\\n\\t' '??')"
done`;
}

/**
 * The file that tells old from new, and the list of what packages brought and is not read again: where find or dpkg cannot
 * tell, everything is. What was scanned before needs no list.
 */
function sinceLines(root: string, since: string | null, isScannedBefore: boolean): string {
  if (since === null) return ': > "$work/owned"';
  const began = Math.floor(Date.parse(since) / 1000);
  return `: > "$work/owned"
if [ -d ${quote(`${root}/var/lib/dpkg/info`)} ] && touch -d @${began} "$work/began" 2> /dev/null &&
  find "$work/began" -cnewer "$work/began" > /dev/null 2>&1 && command -v comm > /dev/null; then
  ${isScannedBefore ? ":" : ownedLines(root)}
fi`;
}

/** Of systems with /usr merged, packages may name the old place. */
const ownedLines = (root: string): string =>
  `find ${quote(`${root}/var/lib/dpkg/info`)} -name '*.list' -exec cat {} + |
    sed -e 's#^#'${quote(root)}'#' -e p -e 's#^'${quote(root)}'/\\(s\\{0,1\\}bin\\|lib\\)#'${quote(root)}'/usr/\\1#' | sort -u > "$work/owned"`;

function nameTests(): string {
  const names = [...new Set(CREDENTIAL_FILES.flatMap((file) => file.names))];
  return names.map((name) => `-name ${quote(name)}`).join(" -o ");
}

/** A file of the work folder with these lines. */
const list = (file: string, lines: readonly string[]): string =>
  `cat > "$work/${file}" <<'${MARK}'\n${lines.map((line) => `${line}\n`).join("")}${MARK}`;

/** A fixed string as an extended expression. */
const escapeRegex = (text: string): string => text.replaceAll(/[\\^$.[\]|()?*+{}]/g, "\\$&");

/** A pattern for `case` in which only `*` and `?` mean something. */
const escapePattern = (pattern: string): string => pattern.replaceAll(/[^A-Za-z0-9/._*?-]/gu, "\\$&");
