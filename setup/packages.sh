#!/usr/bin/env bash
# The npm packages that package-lock.json names.
set -euo pipefail
cd "$(dirname "$0")/.."
quiet=(--no-audit --no-fund --loglevel=error)

echo "setup: packages: installing what package-lock.json names"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
npm ci "${quiet[@]}" >"$log" 2>&1 && exit 0
# npm writes no entries for optional packages (esbuild's, biome's … binaries for other platforms) that the registry of that
# moment did not have, and `npm ci` then refuses the whole lock file. `install --no-save` takes every version that is
# locked, adds what is missing, and leaves the file alone. Any other failure is real.
if ! grep -q 'Missing: .* from lock file' "$log" || grep -qE 'Invalid: lock file' "$log"; then
  cat "$log" >&2
  exit 1
fi
echo "setup: packages: the lock file lacks optional packages of some platforms; installing with 'npm install --no-save'"
npm install --no-save "${quiet[@]}"
