#!/usr/bin/env bash
# limactl: the one on PATH if new enough; brew on macOS; else the official archive, checked against the release's own
# SHA256SUMS; where that cannot be reached, built from the Go module.
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"

version_of() { as_vm_user "$1" --version 2>/dev/null | awk '{ print $3 }'; }
usable() { [ -x "$1" ] && version_at_least "$(version_of "$1" | grep -E '^[0-9]' || echo 0)" "$lima_version"; }

found=$(command -v limactl || true)
if [ -n "$found" ] && usable "$found"; then say "limactl: $(version_of "$found") on PATH ($found)"; exit 0; fi

target=$cache/limactl-$lima_version
limactl=$target/bin/limactl
if usable "$limactl"; then say "limactl: $lima_version at $limactl"; exit 0; fi

if [ "$(uname -s)" = Darwin ]; then
  have brew || fail "limactl: install Homebrew, or Lima $lima_version by hand, and run this again"
  confirm "Install lima with brew" || fail "limactl: declined"
  if brew list lima >/dev/null 2>&1; then brew upgrade lima; else brew install lima; fi
  usable "$(command -v limactl)" || fail "limactl: brew's is older than $lima_version"
  exit 0
fi

make_cache
work=$(mktemp -d "$cache/limactl.XXXXXX")
trap 'chmod -R u+w "$work" 2>/dev/null; rm -rf "$work"' EXIT

# The whole archive: it brings the guest agent and templates along.
download() {
  have curl || return 1
  local url=https://github.com/lima-vm/lima/releases/download/v$lima_version name
  name=lima-$lima_version-$(uname -s)-$(uname -m).tar.gz
  local fetch=(curl -fsSL --connect-timeout 5 --retry 2 --speed-time 20 --speed-limit 1000)
  "${fetch[@]}" -o "$work/SHA256SUMS" "$url/SHA256SUMS" || return 1
  "${fetch[@]}" -o "$work/$name" "$url/$name" || return 1
  # Not a failed download but a wrong file: stop, do not build around it.
  [ "$(sha256 "$work/$name")" = "$(awk -v n="$name" '$2 == n || $2 == "*" n { print $1 }' "$work/SHA256SUMS")" ] ||
    fail "limactl: $name does not match the release's SHA256SUMS"
  mkdir "$work/out" && tar -xzf "$work/$name" -C "$work/out"
}

# `go install …@version` asks for the module's version list, which not every proxy gives; a go.mod with the exact version
# does not. The ldflag is the version limactl reports. No share dir results: plain instances need none.
build() {
  have go || fail "limactl: no download, and no Go to build it. Install Go (go.dev/dl, or your system's package manager), or limactl $lima_version by hand, and run this again."
  mkdir -p "$work/src" "$work/out/bin"
  printf 'module limactl-build\n\ngo 1.24\n\nrequire github.com/lima-vm/lima/v2 v%s\n' "$lima_version" > "$work/src/go.mod"
  (cd "$work/src" && CGO_ENABLED=0 go build -mod=mod -trimpath \
    -ldflags "-s -w -X github.com/lima-vm/lima/v2/pkg/version.Version=$lima_version" \
    -o "$work/out/bin/limactl" github.com/lima-vm/lima/v2/cmd/limactl) 2>&1 | grep -v '^go: downloading' || true
  [ -x "$work/out/bin/limactl" ] || fail "limactl: the build failed"
}

say "limactl: fetching the release $lima_version"
if ! download; then
  say "limactl: the release cannot be reached from here; building it from its Go module (one or two minutes)"
  rm -rf "$work/out"
  build
fi
publish "$work/out" "$target"
usable "$limactl" || fail "limactl: $limactl does not run as $(runs_vms)"
say "limactl: $lima_version at $limactl"
