import { quoteWord } from "../../util/shell-quote.js";
import { LOOK_SCRIPT } from "../git/look.js";
import { SCRUB } from "./scrub-script.js";
import { MAIN, REDACT, SCRUB_STATE } from "./unit-scripts.js";

/*
 * Scripts for runs in a guest. A run is a folder `RUNS/RUN` with these files:
 *
 *   command.sh   what runs (0600)          main.sh, redact.pl, scrub.pl, end.sh   what carries it, and notes its end
 *   state.sh     where agents keep what is their own   scrubbed   how many files of theirs held a secret
 *   pre.sh, check.sh   the hooks           pre_run.log, check.log       what they print
 *   start        `TIME BOOT-ID`            end       `TIME RESULT HOW STATUS`, by systemd's ExecStopPost
 *   prepared, exit, check   `TIME CODE`    agent     `TIME`
 *   progress     `TIME cpu|files`          stdout.log   stderr.log
 *   ready        `BOOT-ID`, once systemd has it             oom, cancelled, collected   marks
 *
 * They are the evidence that outlasts a restart; systemd forgets a transient unit. Secrets are never among them: they
 * lie in memory (/run) until systemd has taken them over as credentials of the unit, and end with it.
 */

const HEAD = `
set -u
export LC_ALL=C
fail() { printf 'limaform-error %s\\n' "$1"; exit 3; }
runs=$1 run=$2; shift 2
dir=$runs/$run unit=limaform-run-$run
`;

/**
 * A machine that goes down ends its units like a cancel does, and systemd does not say which it was. PID 1 is asked on its
 * private socket, as root: the bus may be gone by then.
 *
 * Argument: where systemd keeps the unit's credentials, which are there until this has ended; it tells nobody but the main
 * script where that is (seen with systemd 257).
 */
const END = `
dir=\${0%/*} result=\${SERVICE_RESULT:-unknown}
if [ "$result" = success ] && [ "\${EXIT_CODE:-}" = killed ] && [ ! -e "$dir/cancelled" ]; then
  case $(timeout 5 sudo -n systemctl is-system-running 2>/dev/null) in stopping) result=shutdown ;; esac
fi
printf '%s %s %s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$result" "\${EXIT_CODE:-unknown}" "\${EXIT_STATUS:-}" > "$dir/end.new"
rm -f "$dir/out.pipe" "$dir/err.pipe"
sync "$dir/end.new" 2>/dev/null || sync
mv "$dir/end.new" "$dir/end"
secrets=$1
${SCRUB_STATE}
scrub_state
`;

/**
 * What of a start is root's, in one call of sudo. Arguments: folder of runs, run, folder in memory for secrets, time limit in
 * seconds ("" = none), seconds between two looks of its watcher, the agent's user and its home folder. Standard input: lines of
 * `renderStartFiles`, the last one `# end`; a cut-off input starts nothing.
 *
 * Only the shell itself, which is no process of its own, sees the secrets: its arguments are this text, and `printf` is its own.
 */
const BEGIN = `
set -u
export LC_ALL=C
fail() { printf 'limaform-error %s\\n' "$1"; exit 3; }
runs=$1 run=$2 memory=$3 limit=$4 interval=$5 user=$6 home=$7
dir=$runs/$run unit=limaform-run-$run staged=$memory/$run secret=
drop() { [ -z "$secret" ] || rm -rf "$staged"; }
trap drop EXIT
trap 'exit 3' HUP INT TERM
given=$(cat)
case $given in *"
# end") ;; *) fail protocol ;; esac
umask 022
[ -d "$runs" ] || mkdir -p "$runs" || fail folder
umask 077
mkdir -p "$dir" || fail folder
put() { printf %s "$2" > "$dir/$1" || fail folder; }
hook() { put "$1" "$2"; chmod 700 "$dir/$1" || fail folder; }
secret() {
  if [ -z "$secret" ]; then
    command -v perl >/dev/null 2>&1 || fail no_perl
    secret=yes
    mkdir -p "$staged" || fail secret
  fi
  printf %s "$2" > "$staged/$1" || fail secret
}
eval "$given"
given=
chown -R "$user" "$dir" || fail folder
systemd-run --quiet --unit="$unit" --uid="$user" --service-type=exec --property=KillMode=control-group \\
  --property=TimeoutStopSec=10 \${limit:+--property=RuntimeMaxSec=$limit} --property=WorkingDirectory="$home" \\
  --property=LimitCORE=0 --property=OOMPolicy=continue --property=MemoryMax=95% --property=MemorySwapMax=0 \\
  \${secret:+--property=LoadCredential=env:$staged/env} \${secret:+--property=LoadCredential=patterns:$staged/patterns} \\
  --property=ExecStopPost="/bin/sh $dir/end.sh /run/credentials/$unit.service" /bin/sh "$dir/main.sh" "$interval" >&2 || fail unit
# On the disk before it counts as started: what a power cut leaves must not look like a run that never was.
umask 022
read -r boot < /proc/sys/kernel/random/boot_id
printf '%s\\n' "$boot" > "$dir/ready"
sync "$dir/ready" "$dir" "$runs" 2>/dev/null || sync
echo started
`;

/** `line FILE`: its first line as `text`. `notes`: what a run noted of itself; of what is no file nothing, a pipe has no size. */
const NOTES = `
line() { text=; IFS= read -r text < "$1" || [ -n "$text" ]; }
notes() {
  for name in ready start prepared agent exit check progress end; do
    if [ -s "$dir/$name" ] && line "$dir/$name"; then printf '%s %s\\n' "$name" "$text"; fi
  done
}
`;

/**
 * Arguments: folder of runs, run, and those of `BEGIN` up to the watcher's. Standard input: what that reads.
 *
 * A run that was started before is success, so that a lost answer can be asked for again. Answer: `started`, and where its
 * command or hook is at work already the evidence of that, as `runs/evidence.ts` reads it: it spares the run a look.
 */
export const START_SCRIPT = `${HEAD}${NOTES}
memory=$1 limit=$2 interval=$3
command -v systemd-run >/dev/null 2>&1 || fail no_systemd
if [ -e "$dir/ready" ] || [ -e "$dir/start" ]; then echo started; exit 0; fi
sudo -n sh -c ${quoteWord(BEGIN)} sh "$runs" "$run" "$memory" "$limit" "$interval" "\${me:-$(id -un)}" "$HOME"
code=$?
case $code in 0) ;; 3) exit 3 ;; *) fail folder ;; esac
if [ -s "$dir/start" ] && { [ -s "$dir/agent" ] || [ -s "$dir/pre.sh" ]; } && line /proc/sys/kernel/random/boot_id; then
  printf 'unit active\\nboot %s\\nfolder yes\\nstdout 0\\nstderr 0\\n' "$text"
  notes
fi
`;

/** What carries a run and notes its end, beside it in its folder. */
export const CARRIERS = { "main.sh": MAIN, "redact.pl": REDACT, "scrub.pl": SCRUB, "end.sh": END } as const;

/**
 * One session for the question where the worker's code stands and the start of a run. Arguments: path of the code, folder of
 * runs, folder in memory for secrets. Standard input: the line `look`, once the host has the worker's lease; then `RUN LIMIT INTERVAL`
 * ("-" = no limit) and what the start reads. Where it ends before, nothing starts.
 *
 * Answer: that of the look, a line `looked`, that of the start.
 */
export const APPROACH_SCRIPT = `
me=$(id -un)
read -r word && [ "$word" = look ] || exit 3
( ${LOOK_SCRIPT} ) </dev/null
echo looked
runs=$2 memory=$3
read -r run limit interval || exit 3
set -- "$runs" "$run" "$memory" "\${limit#-}" "$interval"
${START_SCRIPT}`;

/**
 * Evidence and new output. Arguments: folder of runs, run, offsets of stdout and stderr, most bytes of each, how many seconds
 * to wait for the first byte or the end of a run that has said nothing yet, or its command behind a hook ("0" = not at all).
 *
 * Who waited leaves its `tail` behind for the rest of that time at most: it sees only when it writes again that nobody reads.
 *
 * Answer: lines as `runs/evidence.ts` reads them, then `out` and base64 of stdout, `err` and base64 of stderr, `.`.
 * The unit is asked before the end file is read, and before any waiting, so that an end between the two is seen as an end. What the shell itself can
 * do is left to it: this is asked every second, and under emulation each process costs as much as a look should.
 */
export const POLL_SCRIPT = `${HEAD}${NOTES}
state=
ask() {
  # A unit that has processes is active. systemctl takes as long to say so as all else here.
  group=/sys/fs/cgroup/system.slice/$unit.service/cgroup.events populated=
  if [ -r "$group" ]; then read -r _ populated < "$group"; fi
  if [ "$populated" = 1 ]; then state=ActiveState=active; return; fi
  state=$(systemctl show "$unit" --property=ActiveState --property=LoadState) || fail systemctl
}
if [ "$4" != 0 ] && [ ! -s "$dir/stdout.log" ] && [ ! -s "$dir/stderr.log" ] && [ ! -e "$dir/end" ]; then
  ask
  hook=
  if [ -e "$dir/pre.sh" ] && [ ! -e "$dir/agent" ]; then hook=agent; fi
  ( cd "$dir" && timeout "$4" tail -q -c +1 -F stdout.log stderr.log end $hook 2>/dev/null & ) | head -c 1 >/dev/null
fi
[ -n "$state" ] || ask
case $state in
  *LoadState=not-found*) state=unknown ;;
  *) state=\${state#*ActiveState=} state=\${state%%[!a-z]*} ;;
esac
line /proc/sys/kernel/random/boot_id
printf 'unit %s\\nboot %s\\nnow %s\\n' "$state" "$text" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
if [ -d "$dir" ]; then echo 'folder yes'; else echo 'folder no'; fi
notes
for name in oom cancelled collected; do if [ -e "$dir/$name" ]; then echo "$name yes"; fi; done
if [ -e "$dir/check.sh" ]; then echo 'checks yes'; fi
from_out=$1 from_err=$2 most=$3 out=0 err=0 newest=0
set --
for name in stdout.log stderr.log; do if [ -f "$dir/$name" ]; then set -- "$@" "$dir/$name"; fi; done
if [ $# != 0 ]; then
  while read -r size at name; do
    case $name in *stdout.log) out=$size ;; *) err=$size ;; esac
    [ "$at" -le "$newest" ] || newest=$at
  done <<LIMAFORM_END
$(stat -L -c '%s %Y %n' -- "$@")
LIMAFORM_END
fi
printf 'stdout %d\\nstderr %d\\n' "$out" "$err"
if [ "$newest" != 0 ]; then echo "output @$newest"; fi
part() {
  if [ "$2" -ge "$3" ]; then return; fi
  if [ "$2" = 0 ]; then head -c "$most" -- "$1"; else tail -c "+$(($2 + 1))" -- "$1" | head -c "$most"; fi | base64
}
echo out; part "$dir/stdout.log" "$from_out" "$out"
echo err; part "$dir/stderr.log" "$from_err" "$err"
echo .
`;

/** Arguments: folder of runs, run, most bytes. Answer: `pre` and base64 of the end of what the hook printed, `check`, `.`. */
export const HOOK_LOGS_SCRIPT = `${HEAD}
for name in pre_run check; do
  echo "$name"
  if [ -f "$dir/$name.log" ]; then tail -c "$1" -- "$dir/$name.log" | base64; fi
done
echo .
`;

/** Arguments: folder of runs, run. Returns when all processes of the unit are gone. */
export const CANCEL_SCRIPT = `${HEAD}
[ -d "$dir" ] || fail no_run
[ -e "$dir/end" ] || : > "$dir/cancelled"
sudo -n systemctl stop "$unit" 2>/dev/null
echo cancelled
`;

/** Arguments: folder of runs, run. */
export const MARK_SCRIPT = `${HEAD}
if [ -d "$dir" ]; then
  : > "$dir/collected" || fail mark
  sync "$dir/collected" "$dir" 2>/dev/null || sync
fi
sudo -n systemctl reset-failed "$unit" 2>/dev/null
echo marked
`;
