import { quoteWord } from "../../util/shell-quote.js";
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
 */
const END = `
dir=$(dirname "$0") result=\${SERVICE_RESULT:-unknown}
if [ "$result" = success ] && [ "\${EXIT_CODE:-}" = killed ] && [ ! -e "$dir/cancelled" ]; then
  case $(timeout 5 sudo -n systemctl is-system-running 2>/dev/null) in stopping) result=shutdown ;; esac
fi
printf '%s %s %s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$result" "\${EXIT_CODE:-unknown}" "\${EXIT_STATUS:-}" > "$dir/end.new"
rm -f "$dir/out.pipe" "$dir/err.pipe"
sync "$dir/end.new" 2>/dev/null || sync
mv "$dir/end.new" "$dir/end"
secrets=\${CREDENTIALS_DIRECTORY:-/nowhere}
${SCRUB_STATE}
scrub_state
`;

/**
 * Arguments: folder of runs, run, folder in memory for secrets, time limit in seconds ("" = none), seconds between two
 * looks of its watcher. Standard input: lines `NAME BASE64`, the last one `end`; names are those of the files above, and
 * `env` and `patterns` for secrets.
 *
 * A run that was started before is success, so that a lost answer can be asked for again; a cut-off input starts nothing.
 */
export const START_SCRIPT = `${HEAD}
memory=$1 limit=$2 interval=$3
command -v systemd-run >/dev/null 2>&1 || fail no_systemd
if [ -e "$dir/ready" ] || [ -e "$dir/start" ]; then echo started; exit 0; fi
user=$(id -un)
sudo -n sh -c 'install -d -m 0755 "$1" && install -d -m 0700 -o "$3" "$2"' sh "$runs" "$dir" "$user" || fail folder
umask 077
staged=$memory/$run whole= secret= env= patterns=
drop() { [ -z "$secret" ] || sudo -n rm -rf "$staged"; }
trap drop EXIT
trap 'exit 3' HUP INT TERM
while read -r name content; do
  case $name in
    *.sh | *.hook)
      base64 -d > "$dir/$name" <<LIMAFORM_END || fail folder
$content
LIMAFORM_END
      case $name in *.hook) chmod 700 "$dir/$name" ;; esac ;;
    env) env=$content ;;
    patterns) patterns=$content ;;
    end) whole=yes; break ;;
    *) fail protocol ;;
  esac
done
[ -n "$whole" ] || fail protocol
if [ -n "$env" ]; then
  command -v perl >/dev/null 2>&1 || fail no_perl
  secret=yes
  # Only the shell itself, which is no process of its own, and pipes have seen them.
  printf '%s\\n%s\\n' "$env" "$patterns" | sudo -n sh -c '
    umask 077
    install -d -m 0700 "$1" "$2" && read -r env && read -r patterns || exit 1
    printf %s "$env" | base64 -d > "$2/env" && printf %s "$patterns" | base64 -d > "$2/patterns"
  ' sh "$memory" "$staged" || fail secret
fi
env= patterns=
printf '%s\\n' ${quoteWord(MAIN)} > "$dir/main.sh" || fail folder
printf '%s\\n' ${quoteWord(REDACT)} > "$dir/redact.pl" || fail folder
printf '%s\\n' ${quoteWord(SCRUB)} > "$dir/scrub.pl" || fail folder
printf '%s\\n' ${quoteWord(END)} > "$dir/end.sh" || fail folder
sudo -n systemd-run --quiet --unit="$unit" --uid="$user" --service-type=exec --property=KillMode=control-group \\
  --property=TimeoutStopSec=10 \${limit:+--property=RuntimeMaxSec=$limit} --property=WorkingDirectory="$HOME" \\
  --property=LimitCORE=0 --property=OOMPolicy=continue --property=MemoryMax=95% --property=MemorySwapMax=0 \\
  \${secret:+--property=LoadCredential=env:$staged/env} \${secret:+--property=LoadCredential=patterns:$staged/patterns} \\
  --property=ExecStopPost="/bin/sh $dir/end.sh" /bin/sh "$dir/main.sh" "$interval" >&2 || fail unit
# On the disk before it counts as started: what a power cut leaves must not look like a run that never was.
cat /proc/sys/kernel/random/boot_id > "$dir/ready"
sync "$dir/ready" "$dir" "$runs" 2>/dev/null || sync
echo started
`;

/**
 * Evidence and new output. Arguments: folder of runs, run, offsets of stdout and stderr, most bytes of each, how many seconds
 * to wait for the first byte or the end of a run that has said nothing yet ("0" = not at all).
 *
 * Answer: lines as `runs/evidence.ts` reads them, then `out` and base64 of stdout, `err` and base64 of stderr, `.`.
 * The unit is asked before the end file is read, so that an end between the two is seen as an end. What the shell itself can
 * do is left to it: this is asked every second, and under emulation each process costs as much as a look should.
 */
export const POLL_SCRIPT = `${HEAD}
if [ "$4" != 0 ] && [ ! -s "$dir/stdout.log" ] && [ ! -s "$dir/stderr.log" ] && [ ! -e "$dir/end" ]; then
  timeout "$4" sh -c 'cd "$0" && tail -q -c +1 -F stdout.log stderr.log end | head -c 1' "$dir" >/dev/null 2>&1
fi
state=$(systemctl show "$unit" --property=ActiveState --property=LoadState) || fail systemctl
case $state in
  *LoadState=not-found*) state=unknown ;;
  *) state=\${state#*ActiveState=} state=\${state%%[!a-z]*} ;;
esac
line() { text=; IFS= read -r text < "$1" || [ -n "$text" ]; }
line /proc/sys/kernel/random/boot_id
printf 'unit %s\\nboot %s\\nnow %s\\n' "$state" "$text" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
if [ -d "$dir" ]; then echo 'folder yes'; else echo 'folder no'; fi
for name in ready start prepared agent exit check progress end; do
  if [ -s "$dir/$name" ] && line "$dir/$name"; then printf '%s %s\\n' "$name" "$text"; fi
done
for name in oom cancelled collected; do if [ -e "$dir/$name" ]; then echo "$name yes"; fi; done
if [ -e "$dir/check.sh" ]; then echo 'checks yes'; fi
of() { size=0; if [ -f "$1" ]; then size=$(stat -L -c '%s %Y' -- "$1"); at=\${size#* } size=\${size% *}; [ "$at" -le "$newest" ] || newest=$at; fi; }
newest=0
of "$dir/stdout.log"; out=$size
of "$dir/stderr.log"; err=$size
printf 'stdout %d\\nstderr %d\\n' "$out" "$err"
if [ "$newest" != 0 ]; then echo "output $(date -u -d "@$newest" +%Y-%m-%dT%H:%M:%SZ)"; fi
part() { if [ "$2" -lt "$3" ]; then tail -c "+$(($2 + 1))" -- "$1" | head -c "$4" | base64; fi; }
echo out; part "$dir/stdout.log" "$1" "$out" "$3"
echo err; part "$dir/stderr.log" "$2" "$err" "$3"
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
if [ -d "$dir" ]; then : > "$dir/collected" || fail mark; fi
sudo -n systemctl reset-failed "$unit" 2>/dev/null
echo marked
`;
