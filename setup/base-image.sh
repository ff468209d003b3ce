#!/usr/bin/env bash
# The base image for the demo and the tests, in <cache>/base-image/<key>/. It is used only through an explicit [vm.image]
# table (image.toml there); limaform never takes it in place of a named image.
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"

recipe=$root_dir/setup/base-image-recipe.sh
current=$cache/base-image/current.toml
if [ "$(uname -s)" != Linux ] || ! have mmdebstrap; then
  say "image: no mmdebstrap here; the demo and the tests download the named image instead"
  rm -f "$current"
  exit 0
fi

key=$(printf '%s %s\n' "$(sha256 "$recipe")" "$(machine)" | { if have sha256sum; then sha256sum; else shasum -a 256; fi; } | cut -c1-16)
target=$cache/base-image/$key
# A disk that filled up or a machine that went down may leave a file that is there and not whole.
sums_of() { for name in root.qcow2 vmlinuz initrd.img; do echo "$(sha256 "$1/$name") $name"; done; }
is_whole() {
  [ -s "$1/image.toml" ] || return 1
  local now
  now=$(sums_of "$1" 2>/dev/null) || return 1
  if [ -s "$1/sums" ]; then [ "$now" = "$(cat "$1/sums")" ]
  else grep -qF "sha256:${now%% *}" "$1/image.toml"; fi
}
if ! is_whole "$target"; then
  [ ! -e "$target" ] || say "image: $target is not whole: making it again"
  make_cache
  mkdir -p "$cache/base-image"
  work=$(mktemp -d "$cache/base-image/new.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  bash "$recipe" "$work"
  cat > "$work/image.toml" <<TOML
[vm.image]
location = "$target/root.qcow2"
arch = "$(machine)"
digest = "sha256:$(sha256 "$work/root.qcow2")"
kernel = "$target/vmlinuz"
initrd = "$target/initrd.img"
cmdline = "$(cat "$work/cmdline")"
TOML
  sums_of "$work" > "$work/sums"
  publish "$work" "$target"
  say "image: made $target"
else
  say "image: $target"
fi
ln -sfn "$key/image.toml" "$current"
