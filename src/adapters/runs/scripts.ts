/*
 * Scripts for runs in a guest. A run is a folder `RUNS/RUN` with these files:
 *
 *   command.sh   what runs (0600)          main.sh, end.sh        what starts it, what notes its end
 *   start        `TIME BOOT-ID`            end                    `TIME RESULT HOW STATUS`, by systemd's ExecStopPost
 *   stdout.log   stderr.log                ready, cancelled, collected   marks
 *
 * They are the evidence that outlasts a restart; systemd forgets a transient unit.
 */

const HEAD = `
set -u
export LC_ALL=C
fail() { printf 'limaform-error %s\\n' "$1"; exit 3; }
runs=$1 run=$2; shift 2
dir=$runs/$run unit=limaform-run-$run
`;

const MAIN = `
dir=$(dirname "$0")
exec </dev/null >"$dir/stdout.log" 2>"$dir/stderr.log"
printf '%s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$(cat /proc/sys/kernel/random/boot_id)" > "$dir/start.new"
mv "$dir/start.new" "$dir/start"
exec /bin/sh "$dir/command.sh"
`;

const END = `
dir=$(dirname "$0")
printf '%s %s %s %s\\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "\${SERVICE_RESULT:-unknown}" "\${EXIT_CODE:-unknown}" "\${EXIT_STATUS:-}" > "$dir/end.new"
sync "$dir/end.new" 2>/dev/null || sync
mv "$dir/end.new" "$dir/end"
`;

/**
 * Arguments: folder of runs, run, time limit in seconds ("" = none). Standard input: command.sh.
 *
 * A run that was started before is success, so that a lost answer can be asked for again.
 */
export const START_SCRIPT = `${HEAD}
limit=$1
command -v systemd-run >/dev/null 2>&1 || fail no_systemd
if [ -e "$dir/ready" ] || [ -e "$dir/start" ]; then echo started; exit 0; fi
user=$(id -un)
sudo -n install -d -m 0755 "$runs" && sudo -n install -d -m 0700 -o "$user" "$dir" || fail folder
umask 077
cat > "$dir/command.sh" || fail folder
cat > "$dir/main.sh" <<'LIMAFORM_END' || fail folder
${MAIN}
LIMAFORM_END
cat > "$dir/end.sh" <<'LIMAFORM_END' || fail folder
${END}
LIMAFORM_END
sudo -n systemd-run --quiet --unit="$unit" --uid="$user" --service-type=exec --property=KillMode=control-group \\
  --property=TimeoutStopSec=10 \${limit:+--property=RuntimeMaxSec=$limit} --property=WorkingDirectory="$HOME" \\
  --property=ExecStopPost="/bin/sh $dir/end.sh" /bin/sh "$dir/main.sh" >&2 || fail unit
: > "$dir/ready"
echo started
`;

/**
 * Evidence and new output. Arguments: folder of runs, run, offsets of stdout and stderr, most bytes of each.
 *
 * Answer: lines as `runs/evidence.ts` reads them, then `out` and base64 of stdout, `err` and base64 of stderr, `.`.
 * The unit is asked before the end file is read, so that an end between the two is seen as an end.
 */
export const POLL_SCRIPT = `${HEAD}
state=$(systemctl show "$unit" --property=ActiveState --property=LoadState) || fail systemctl
case $state in
  *LoadState=not-found*) state=unknown ;;
  *) state=$(printf '%s\\n' "$state" | sed -n 's/^ActiveState=//p') ;;
esac
printf 'unit %s\\nboot %s\\n' "$state" "$(cat /proc/sys/kernel/random/boot_id)"
if [ -d "$dir" ]; then echo 'folder yes'; else echo 'folder no'; fi
for name in start end; do if [ -s "$dir/$name" ]; then printf '%s %s\\n' "$name" "$(head -n 1 "$dir/$name")"; fi; done
for name in cancelled collected; do if [ -e "$dir/$name" ]; then echo "$name yes"; fi; done
size() { if [ -f "$1" ]; then wc -c < "$1"; else echo 0; fi; }
printf 'stdout %d\\nstderr %d\\n' "$(size "$dir/stdout.log")" "$(size "$dir/stderr.log")"
part() { if [ -f "$1" ]; then tail -c "+$(($2 + 1))" -- "$1" | head -c "$3" | base64; fi; }
echo out; part "$dir/stdout.log" "$1" "$3"
echo err; part "$dir/stderr.log" "$2" "$3"
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
