#!/usr/bin/env bash
# usage: setup/clean.sh [1]      (1: the cache too)
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"

doomed=("$root_dir/dist" "$root_dir/bin" "$root_dir/node_modules" "$root_dir/.tools" "$root_dir/coverage")
if is_root && getent passwd "$vm_user" >/dev/null; then doomed+=("$(stage_dir)"); fi
if [ "${1:-}" = 1 ]; then doomed+=("$cache"); fi
for folder in "${doomed[@]}"; do
  if [ -e "$folder" ]; then say "removing $folder"; rm -rf "$folder"; fi
done
