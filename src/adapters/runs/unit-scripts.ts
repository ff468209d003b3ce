/* What runs inside a run's unit in the guest. */

/**
 * Sets `used` to the CPU that the unit has used, in µs, without what the calling shell and its ended children took: under
 * emulation the watcher's own look alone costs a tenth of a CPU and more. It starts no process.
 *
 * Source: cgroup v2 (the first line of `cpu.stat` is `usage_usec N`); proc(5): fields 14 to 17, in hundredths of a second.
 */
export const USED_CPU = `
used_cpu() {
  all=0
  read -r _ all < "$group/cpu.stat"
  read -r own < /proc/self/stat
  set -- \${own##*) }
  used=$((all - (\${12} + \${13} + \${14} + \${15}) * 10000))
}
`;

/**
 * `scrub_state`: takes the secrets of the run out of what its agent keeps of its own (transcripts, databases), once. By
 * whoever ends the run: its main script, or where that was killed the one that notes the end.
 */
export const SCRUB_STATE = `
scrub_state() {
  [ -r "$secrets/patterns" ] && [ -r "$dir/state.sh" ] && [ ! -e "$dir/scrubbed" ] || return 0
  . "$dir/state.sh"
  find "$@" -type f -print0 2>/dev/null | perl "$dir/scrub.pl" "$secrets/patterns" > "$dir/scrubbed.new" 2>&1
  mv "$dir/scrubbed.new" "$dir/scrubbed"
}`;

/**
 * Carries one run: hook before, command, hook after; notes each as evidence. Argument: seconds between two looks of the
 * watcher.
 *
 * Output goes through a filter only where there are secrets. Signals reach the whole unit at once, so nothing here
 * forwards any. The watcher notes progress that does not show in the output: CPU of the unit above a tenth of one, files
 * that changed below the run's folder. Its own use of CPU is left out.
 */
export const MAIN = `
dir=\${0%/*} interval=$1 secrets=\${CREDENTIALS_DIRECTORY:-/nowhere}
umask 077
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
note() { file=$dir/$1; shift; printf '%s\\n' "$*" > "$file.new" && mv "$file.new" "$file"; }
exec </dev/null >"$dir/stdout.log" 2>"$dir/stderr.log"
read -r boot < /proc/sys/kernel/random/boot_id
at=$(now)
# What is written once, in one piece, needs no other name first: each process here is time before the agent's first word.
once() { printf '%s\\n' "$2" > "$dir/$1"; }
once start "$at $boot"
group=/nowhere
while read -r line; do case $line in 0::*) group=/sys/fs/cgroup\${line#0::} ;; esac; done < /proc/self/cgroup
case $group in *limaform-run-*) ;; *) group=/nowhere ;; esac
${USED_CPU}
watch() {
  . "$dir/folder.sh"
  : > "$dir/seen"
  used_cpu; last=$used
  while sleep "$interval"; do
    used_cpu
    if [ $((used - last)) -gt $((interval * 100000)) ]; then
      note progress "$(now)" cpu
    else
      : > "$dir/seen.new"
      changed=$(find "$folder" -name .git -prune -o -newer "$dir/seen" -print -quit 2>/dev/null)
      mv "$dir/seen.new" "$dir/seen"
      [ -z "$changed" ] || note progress "$(now)" files
    fi
    last=$used
  done
}
inside() (
  if [ -r "$secrets/env" ]; then set -a; . "$secrets/env"; set +a; fi
  unset CREDENTIALS_DIRECTORY
  umask 022
  exec "$@"
)
carry() {
  out=$1 err=$2; shift 2
  if [ ! -r "$secrets/patterns" ]; then
    inside "$@" >>"$out" 2>>"$err"
    return
  fi
  if [ -e "$dir/out.pipe" ] || [ -e "$dir/err.pipe" ]; then rm -f "$dir/out.pipe" "$dir/err.pipe"; fi
  mkfifo "$dir/out.pipe" "$dir/err.pipe" || return 126
  perl "$dir/redact.pl" "$secrets/patterns" <"$dir/out.pipe" >>"$out" & one=$!
  perl "$dir/redact.pl" "$secrets/patterns" <"$dir/err.pipe" >>"$err" & two=$!
  inside "$@" >"$dir/out.pipe" 2>"$dir/err.pipe"
  status=$? tries=0
  # What it left behind may hold the pipes open for ever: after a while the filters are told to end with what is there.
  while kill -0 "$one" 2>/dev/null || kill -0 "$two" 2>/dev/null; do
    if [ "$tries" -ge 30 ]; then kill -USR1 "$one" "$two" 2>/dev/null; break; fi
    sleep 0.1; tries=$((tries + 1))
  done
  wait "$one" "$two"
  rm -f "$dir/out.pipe" "$dir/err.pipe"
  return "$status"
}
watch >/dev/null 2>&1 &
${SCRUB_STATE}
if [ -e "$dir/pre.sh" ]; then
  carry "$dir/pre_run.log" "$dir/pre_run.log" sh "$dir/pre.sh"
  code=$?
  at=$(now)
  once prepared "$at $code"
  [ "$code" = 0 ] || exit "$code"
fi
once agent "$at"
carry "$dir/stdout.log" "$dir/stderr.log" sh "$dir/command.sh"
code=$?
if [ "$code" = 137 ] && grep -q '^oom_kill [1-9]' "$group/memory.events" 2>/dev/null; then : > "$dir/oom"; fi
note exit "$(now)" "$code"
if [ -e "$dir/check.sh" ]; then
  carry "$dir/check.log" "$dir/check.log" sh "$dir/check.sh"
  checked=$?
  note check "$(now)" "$checked"
fi
scrub_state
# Here, because the script that notes the end has ten seconds: an end that outlasts a power cut must not outlast its output.
sync "$dir/stdout.log" "$dir/stderr.log" 2>/dev/null
exit "$code"
`;

/**
 * Copies standard input to standard output without secrets. Argument: file with lines `HEX NAME`, longest first. Only
 * what may still become a secret is held back, so a line is seen as soon as it is written. It outlives the signals that
 * end the unit, so that no last word is lost.
 *
 * Programs break long encoded text into lines (base64 at 76 digits, openssl at 64, xxd at 60), and agents tell of that with
 * the line ends escaped. So a line end behind 32 such digits or more may stand anywhere inside a form. Text without such
 * line ends is looked through once, as ever.
 *
 * Source: perl is in every Debian and Ubuntu (perl-base is essential there); no module is used.
 */
export const REDACT = `
use strict;
use warnings;
my (%name, @forms);
open(my $list, '<', $ARGV[0]) or exit 1;
while (<$list>) {
  my ($hex, $name) = /^([0-9a-f]+) (\\w+)$/ or next;
  my $form = pack('H*', $hex);
  push @forms, $form unless exists $name{$form};
  $name{$form} //= $name;
}
close($list);
my $any = join('|', map { quotemeta } @forms);
my (%starts, $longest);
$longest = 0;
for my $form (@forms) {
  $longest = length($form) if length($form) > $longest;
  push @{ $starts{substr($form, 0, 1)} }, $form;
}
my $hurry = 0;
$SIG{$_} = 'IGNORE' for qw(TERM HUP INT);
$SIG{USR1} = sub { $hurry = 1; };
binmode(STDIN);
binmode(STDOUT);
my $rest = '';
sub put {
  my ($text) = @_;
  while (length($text)) {
    my $n = syswrite(STDOUT, $text);
    if (!defined $n) { next if $!{EINTR}; exit 1; }
    substr($text, 0, $n) = '';
  }
}
# The earliest place from where the text is the beginning of a form.
sub held {
  my ($text) = @_;
  my $from = length($text) - $longest + 1;
  $from = 0 if $from < 0;
  for my $at ($from .. length($text) - 1) {
    my $tail = substr($text, $at);
    for my $form (@{ $starts{substr($tail, 0, 1)} // [] }) {
      return $at if length($tail) < length($form) && substr($form, 0, length($tail)) eq $tail;
    }
  }
  return length($text);
}
my $digits = qr/[A-Za-z0-9+\\/_-]{32}/;
# Found fast, because it begins with what is rare.
my $maybe = qr/[\\r\\n\\\\](?<=$digits[\\r\\n\\\\])/;
my $gap = qr/(?<=$digits)(?:\\r?\\n|(?:\\\\+r)?\\\\+n)/;
my $open_gap = qr/(?<=$digits)(?:\\r|\\\\+(?:r\\\\*)?)\\z/;
# Forms with a line end somewhere inside. What stands before the first argument's end was put already.
sub unfold {
  my ($keep, $text) = @_;
  return $text unless $text =~ $maybe;
  (my $flat = $text) =~ s/$gap//g;
  my %found;
  $found{$1} = 1 while $flat =~ /($any)/g;
  for my $form (sort { length($b) <=> length($a) } keys %found) {
    my $folded = join("(?:$gap)?", map { quotemeta } split(//, $form));
    $text =~ s/($folded)/$-[0] < $keep ? $1 : "[secret $name{$form}]"/ge;
  }
  return $text;
}
# As held, where line ends stand inside of what came last.
sub held_folded {
  my ($text) = @_;
  my $from = length($text) - 2 * $longest - 32;
  $from = 0 if $from < 0;
  my $part = substr($text, $from);
  return length($text) unless $part =~ $maybe;
  my ($flat, @places) = ('');
  while ($part =~ /\\G(?:$gap|$open_gap|(.))/gs) {
    next unless defined $1;
    $flat .= $1;
    push @places, $from + pos($part) - 1;
  }
  my $at = held($flat);
  return $at < @places ? $places[$at] : length($text);
}
sub clean {
  my ($before, $text) = @_;
  $text =~ s/($any)/[secret $name{$1}]/g;
  return substr(unfold(length($before), "$before$text"), length($before));
}
my $seen = '';
while (1) {
  if ($hurry) {
    my $bits = '';
    vec($bits, 0, 1) = 1;
    last unless select($bits, undef, undef, 0);
  }
  my $n = sysread(STDIN, my $piece, 65536);
  if (!defined $n) { next if $!{EINTR}; last; }
  last if $n == 0;
  $rest = clean($seen, "$rest$piece");
  my ($at, $folded) = (held($rest), held_folded("$seen$rest") - length($seen));
  $at = $folded if $folded < $at;
  $at = 0 if $at < 0;
  put(substr($rest, 0, $at));
  $seen = substr($seen . substr($rest, 0, $at, ''), -32) if $at;
}
put(clean($seen, $rest));
`;
