#!/usr/bin/env bash
# Lima refuses root. Where only root exists, an unprivileged user gets made that runs the VMs, the demo and the tests.
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"

is_root || { say "user: $(id -un) runs the VMs"; exit 0; }
if ! getent passwd "$vm_user" >/dev/null; then
  say "user: making '$vm_user' (home /home/$vm_user), because Lima does not run as root"
  if have useradd; then useradd --create-home --home-dir "/home/$vm_user" --shell /bin/bash "$vm_user"
  else adduser -D -h "/home/$vm_user" -s /bin/sh "$vm_user"; fi
fi
# The group helps only where it owns the device; the device's permissions are the host's business.
if [ -e /dev/kvm ] && [ "$(stat -c %G /dev/kvm)" = kvm ] && ! id -nG "$vm_user" | grep -qw kvm; then
  say "user: adding '$vm_user' to the group kvm"
  usermod -a -G kvm "$vm_user"
fi
say "user: '$vm_user' runs the VMs"
