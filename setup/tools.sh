#!/usr/bin/env bash
# QEMU and the small tools, by the system's package manager; only what is missing.
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"

manager=
for candidate in brew apt-get dnf pacman zypper apk; do
  if have "$candidate"; then manager=$candidate; break; fi
done
# Homebrew on Linux is a guest beside the system's own manager.
if [ "$manager" = brew ] && [ "$(uname -s)" = Linux ]; then
  for candidate in apt-get dnf pacman zypper apk; do
    if have "$candidate"; then manager=$candidate; break; fi
  done
fi
[ -n "$manager" ] || fail "tools: no known package manager (apt, dnf, pacman, zypper, apk, brew). Install by hand: QEMU with qemu-img, rsync, OpenSSH client, git, make."

# package TOOL: its name for this package manager; empty = not packaged there. packages.json is the table that
# `limaform doctor` has, too: one line an entry, and what does not stand in it is named like the tool. (The base image is
# made with mmdebstrap, which only Debian's family has.)
package() {
  local table=$root_dir/setup/packages.json
  if grep -qF "\"$manager $1\":" "$table"; then sed -n "s|^ *\"$manager $1\": \"\(.*\)\",\{0,1\}\$|\1|p" "$table"
  else echo "$1"; fi
}

missing=()
for tool in "qemu-system-$(machine)" qemu-img rsync ssh git make mmdebstrap mkfs.ext4; do
  have "$tool" && continue
  read -r -a names <<<"$(package "$tool")"
  missing+=("${names[@]}")
done
if [ ${#missing[@]} = 0 ]; then say "tools: nothing missing"; exit 0; fi

confirm "Install ${missing[*]} with $manager" || fail "tools: declined; needed are: ${missing[*]}"
case $manager in
  apt-get)
    # A stale package list names files that the mirror no longer has.
    as_root apt-get update -qq
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" ;;
  dnf) as_root dnf install -y "${missing[@]}" ;;
  pacman) as_root pacman -S --needed --noconfirm "${missing[@]}" ;;
  zypper) as_root zypper --non-interactive install "${missing[@]}" ;;
  apk) as_root apk add "${missing[@]}" ;;
  brew) brew install "${missing[@]}" ;;
esac
say "tools: installed ${missing[*]}"
