# shellcheck shell=bash disable=SC2034
# Shared by the set-up's steps; sourced, never run. Every step is idempotent and says in plain lines what it does.

root_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lima_version=2.2.0
vm_user=limaform
export PATH="$PATH:/usr/sbin:/sbin"
# Without HOME (some CI runners, systemd units) the account's own home is taken.
export HOME="${HOME:-$(cd ~ && pwd)}"

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [ "$(id -u)" = 0 ]; }

# The cache holds only what can be made again. Root's lies where the unprivileged user can read it too.
cache_dir() {
  # LF_CACHE is how vm-env.sh hands the place on to an account whose own cache is elsewhere.
  if [ -n "${LIMAFORM_SETUP_CACHE:-${LF_CACHE:-}}" ]; then echo "${LIMAFORM_SETUP_CACHE:-$LF_CACHE}"
  elif is_root; then echo /var/cache/limaform
  else echo "${XDG_CACHE_HOME:-$HOME/.cache}/limaform-setup"; fi
}
cache=$(cache_dir)

machine() {
  case $(uname -m) in
    x86_64 | amd64) echo x86_64 ;;
    aarch64 | arm64) echo aarch64 ;;
    *) uname -m ;;
  esac
}

make_cache() {
  mkdir -p "$cache"
  ! is_root || chmod 755 "$cache"
}

sha256() { if have sha256sum; then sha256sum "$@"; else shasum -a 256 "$@"; fi | cut -d' ' -f1; }

# version_at_least HAVE WANTED
version_at_least() {
  [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n -k3,3n | head -n1)" = "$2" ]
}

# The account that may run VMs: Lima refuses root.
runs_vms() { if is_root; then echo "$vm_user"; else id -un; fi; }

# Runs a command as that account, with nothing of root's environment.
as_vm_user() {
  if is_root; then runuser -u "$vm_user" -- env -i HOME="$(user_home)" PATH="$PATH" "$@"; else "$@"; fi
}
# Root's copy of this checkout that the account owns; one per checkout.
stage_dir() { echo "$(user_home)/checkout-$(printf %s "$root_dir" | cksum | cut -d' ' -f1)"; }
user_home() { getent passwd "$vm_user" | cut -d: -f6; }

# as_root COMMAND…: directly, by sudo, or by telling the reader what to type.
as_root() {
  if is_root; then "$@"
  elif ! have sudo; then fail "this needs root, and there is no sudo. Run as root: $*"
  elif [ -t 0 ] || sudo -n true 2>/dev/null; then sudo "$@"
  else fail "this needs root, and sudo asks for a password that nobody can type here. Run first: sudo $*"; fi
}

# A question only where somebody can answer it.
confirm() {
  if [ "${YES:-}" = 1 ] || [ ! -t 0 ] || [ ! -t 1 ]; then say "$1: yes (no terminal, or YES=1)"; return 0; fi
  local answer
  read -r -p "setup: $1? [Y/n] " answer
  [[ -z $answer || $answer =~ ^[Yy] ]]
}

# publish WORKDIR TARGET: a finished folder appears at once or not at all, so an interrupted step just runs again.
publish() {
  chmod -R a+rX "$1"
  rm -rf "$2"
  mv "$1" "$2"
}
