#!/usr/bin/env bash
# Does KVM really run a guest here? The device file alone says nothing: it may be closed to us, or nested and dead.
# A 133-byte guest is booted as firmware, goes to long mode and exits QEMU with code 99; a dead KVM hangs or aborts.
set -euo pipefail
# shellcheck source=setup/lib.sh
. "$(dirname "$0")/lib.sh"

[ "$(uname -s)" = Linux ] || exit 0
if [ ! -e /dev/kvm ]; then say "KVM: there is no /dev/kvm; emulation"; exit 0; fi

rom=$(mktemp)
trap 'rm -f "$rom"' EXIT
case $(machine) in
  x86_64)
    # Offset 0: cli; page tables at 0x1000; PAE, LME, paging on; far jump to 64-bit code: mov $0x31,%al; out %al,$0xf4.
    # Offset 0xfff0, where the CPU starts: ljmp f000:0000.
    head -c 65536 /dev/zero > "$rom"
    printf '%s' '+vwxwI7YjsBmvwAQAAAPIt9mMcBmuQAMAABm86tmxwYAEAMgAABmxwYAIAMwAABmxwYAMIMAAABmuCAAAAAPIuBmuYAAAMAPMmYNAAEAAA8wLmYPARaAAGa4EQAAgA8iwGbqaQAPAAgAsDHm9PTr/QAAAAAAAAAAAAAAAACaIAAPAHAADw==' |
      base64 -d | dd of="$rom" conv=notrunc status=none
    printf '\352\000\000\000\360' | dd of="$rom" bs=1 seek=65520 conv=notrunc status=none
    alive=99
    # shellcheck disable=SC2054
    guest=(qemu-system-x86_64 -machine q35,accel=kvm -cpu host -m 16 -device isa-debug-exit,iobase=0xf4,iosize=0x1) ;;
  aarch64)
    # mov w0, #0x84000008 (PSCI SYSTEM_OFF); hvc #0; b .
    printf '\000\001\200\122\000\200\260\162\002\000\000\324\000\000\000\024' > "$rom"
    alive=0
    # shellcheck disable=SC2054
    guest=(qemu-system-aarch64 -machine virt,accel=kvm -cpu host -m 128) ;;
  *) say "KVM: no probe for $(machine)"; exit 0 ;;
esac
chmod 644 "$rom"

code=0
as_vm_user timeout -s KILL 5 "${guest[@]}" -nodefaults -display none -no-reboot -bios "$rom" </dev/null >/dev/null 2>&1 || code=$?
if [ "$code" = "$alive" ]; then say "KVM: works"; else say "KVM: does not run a guest here (probe ended with $code): emulation"; fi
