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

# package TOOL: its name for this package manager; empty = not packaged there.
package() {
  local arm=; [ "$(machine)" = aarch64 ] && arm=1
  case $manager:$1 in
    apt-get:qemu-system-*) if [ "$arm" ]; then echo "qemu-system-arm qemu-efi-aarch64"; else echo "qemu-system-x86 ovmf"; fi ;;
    apt-get:qemu-img) echo qemu-utils ;;
    apt-get:ssh) echo openssh-client ;;
    apt-get:mkfs.ext4) echo e2fsprogs ;;
    apt-get:mmdebstrap) echo "mmdebstrap debian-archive-keyring uidmap" ;;
    dnf:qemu-system-*) if [ "$arm" ]; then echo qemu-system-aarch64-core; else echo qemu-system-x86-core; fi ;;
    dnf:qemu-img) echo qemu-img ;;
    dnf:ssh) echo openssh-clients ;;
    pacman:qemu-system-*) if [ "$arm" ]; then echo qemu-system-aarch64; else echo qemu-system-x86; fi ;;
    pacman:qemu-img) echo qemu-img ;;
    pacman:ssh) echo openssh ;;
    zypper:qemu-system-*) if [ "$arm" ]; then echo qemu-arm; else echo qemu-x86; fi ;;
    zypper:qemu-img) echo qemu-img ;;
    zypper:ssh) echo openssh-clients ;;
    apk:qemu-system-*) echo "qemu-system-$(machine)" ;;
    apk:qemu-img) echo qemu-img ;;
    apk:ssh) echo openssh-client ;;
    brew:qemu-*) echo qemu ;;
    brew:ssh) ;;
    # The base image is made with mmdebstrap, which only Debian's family has.
    *:mmdebstrap | *:mkfs.ext4) ;;
    *) echo "$1" ;;
  esac
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
