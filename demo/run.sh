#!/usr/bin/env bash
# The whole product on real VMs, told as a story: a spec becomes a golden image and two workers, a command runs on both,
# the work comes back as a branch, a lost worker is noticed and mended, and everything goes away again.
#
# usage: make demo      (LF_DEMO_KEEP=1: do not clean up; the workers stay to be looked at)
set -euo pipefail
demo_dir=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=setup/vm-env.sh
. "$demo_dir/../setup/vm-env.sh"
PATH=$demo_dir/../bin:$PATH

if [ "$(id -u)" = 0 ]; then
  echo "demo: Lima does not run as root; use: make demo" >&2
  exit 1
fi

# Short, because the sockets in it have a length limit; under /tmp and not TMPDIR, which is long on macOS.
LIMA_HOME=$(mktemp -d /tmp/lfd.XXXX)
scratch=$(mktemp -d /tmp/lfr.XXXX)
# What the user trusts is noted in the user's configuration: here in one that goes away with the demo.
XDG_CONFIG_HOME=$scratch/config
export LIMA_HOME XDG_CONFIG_HOME
repository=$scratch/wordcount

# --- telling the story --------------------------------------------------------------------------------------------
SECONDS=0
stage_title='' stage_start=0 times=()

end_stage() {
  [ -n "$stage_title" ] || return 0
  times+=("$(printf '%5ds  %s' $((SECONDS - stage_start)) "$stage_title")")
  printf -- '--- %ds\n' $((SECONDS - stage_start))
  stage_title=
}
stage() {
  end_stage
  stage_title=$1 stage_start=$SECONDS
  printf '\n=== %s\n' "$1"
}
# show COMMAND…: prints the command line, then runs it.
show() {
  printf '\n$'
  printf ' %q' "$@"
  printf '\n'
  "$@"
}
# expect CODE COMMAND…: the exit code is part of the story.
expect() {
  local wanted=$1 code=0
  shift
  show "$@" || code=$?
  if [ "$code" != "$wanted" ]; then
    echo "demo: '$*' ended with $code, not with $wanted" >&2
    exit 1
  fi
  echo "(exit code $code)"
}

# --- nothing is left behind, whatever happens ---------------------------------------------------------------------
processes() { pgrep -f -- "$LIMA_HOME/" || true; }

wait_for_processes() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(processes)" ] || return 0
    sleep 1
  done
  echo "demo: still running:" >&2
  pgrep -fa -- "$LIMA_HOME/" >&2
  return 1
}
cleanup() {
  local code=$?
  trap '' INT TERM HUP
  if [ "${LF_DEMO_KEEP:-}" = 1 ]; then
    echo "demo: kept for a look: LIMA_HOME=$LIMA_HOME, repository $repository"
    exit "$code"
  fi
  if [ -d "$LIMA_HOME" ]; then
    local instance
    # Only instances in our own LIMA_HOME; a half-made one may not be listed, so its folder goes below.
    for instance in $(limactl list --quiet 2>/dev/null); do
      limactl unprotect "$instance" >/dev/null 2>&1 || true
      limactl delete --force --tty=false "$instance" >/dev/null 2>&1 || true
    done
    wait_for_processes || true
  fi
  cd /
  rm -rf "$LIMA_HOME" "$scratch"
  [ "$code" = 0 ] || echo "demo: failed (exit code $code) in: ${stage_title:-the end}" >&2
  exit "$code"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

# --- the story ----------------------------------------------------------------------------------------------------
stage "A repository"
cp -R "$demo_dir/sample" "$repository"
cd "$repository"
git init --quiet --initial-branch=main
git config user.name "Demo"
git config user.email "demo@example.invalid"
git add --all
git commit --quiet --message "A small program that counts words"
show git log --oneline

stage "A spec says what is wanted"
{
  cat <<'TOML'
project = "demo"
workers = 2

[vm]
cpus = 1
memory = "1GiB"
disk = "4GiB"

[hooks]
# In image.tools, before the code.
post_provision = '''
python3 --version
echo 'export PYTHONDONTWRITEBYTECODE=1' | sudo tee /etc/profile.d/demo.sh
'''
# In image.golden, in the repository's folder: every worker is cloned with this done.
post_sync = '''
python3 -m unittest discover tests
'''

TOML
  # The image that the set-up made. Without one (no mmdebstrap here), limaform's default image is downloaded.
  if [ -n "${LF_BASE_IMAGE_TOML:-}" ]; then cat "$LF_BASE_IMAGE_TOML"; fi
} > limaform.toml
show cat limaform.toml
git add limaform.toml
git commit --quiet --message "Ask for two workers"
show limaform validate

if [ -n "${LF_BASE_IMAGE_TOML:-}" ]; then
  stage "The spec names a file outside the repository: nobody reads it before the user has said so"
  expect 1 limaform plan
  show limaform trust --yes
fi

stage "What would be done"
expect 2 limaform plan --detailed-exitcode

stage "It is done: two images built, two workers cloned and started, the code pushed"
show limaform apply --yes
show limaform status
show limaform list
expect 0 limaform plan --detailed-exitcode
expect 0 limaform drift

stage "The code is in the workers"
show limaform shell 1 -- git log -1 --oneline
show limaform shell 2 -- git log -1 --oneline

stage "A command runs on both workers, and changes something"
# shellcheck disable=SC2016 # expanded in the worker
show limaform run -- sh -c 'echo "from $(hostname)" >> NOTES.md && git add -A && git commit -q -m "A note from $(hostname)" && python3 wordcount.py NOTES.md'
show limaform results list
run=$(limaform results list | grep -oE '[0-9]{8}-[0-9]{6}-[0-9a-z]{4}' | head -n 1)

stage "The work comes back, reviewed, as a branch"
show limaform results show "$run/1"
show limaform results accept "$run/1"
show git log --oneline --all --graph
show git diff "main...limaform/$run/1"
show limaform results discard "$run/2" --yes

stage "Somebody deletes a worker by hand"
show limactl delete --force --tty=false demo-worker-2
expect 3 limaform drift

stage "The next apply mends it"
show limaform apply --yes
expect 0 limaform drift
show limaform shell 2 -- git log -1 --oneline

if [ "${LF_DEMO_KEEP:-}" = 1 ]; then exit 0; fi

stage "Everything goes away"
show limaform destroy --yes
show limactl list
if [ -n "$(limactl list --quiet 2>/dev/null)" ]; then echo "demo: instances are left" >&2; exit 1; fi
wait_for_processes
echo "No instance and no process is left."
# What may stay is the record of what came back; no disk.
leftover=$(find "$LIMA_HOME" -size +1M -type f)
if [ -n "$leftover" ]; then printf 'demo: left behind:\n%s\n' "$leftover" >&2; exit 1; fi
end_stage

printf '\n=== Times\n'
printf '%s\n' "${times[@]}"
printf '%5ds  altogether\n' "$SECONDS"
