import { quoteWord } from "../../../util/shell-quote.js";
import { HOMES } from "./homes.js";

/** Gives the room of what was removed back to the host; where that is not possible the image is only larger. */
export const TRIM = `if command -v fstrim > /dev/null; then fstrim -a || echo 'note: fstrim is not possible here' >&2; fi
sync
`;

/**
 * Removes what makes this machine this one, after the scan and right before the last stop: it only takes away. Every clone
 * makes its own identity at its first boot, and keeps its host key from then on (`ssh_deletekeys: false`; Lima changes the
 * instance id at every start). Then the file systems are trimmed.
 *
 * Shape: `root` empty = the whole system; only there the file systems are trimmed.
 */
export function resetScript(root: string): string {
  return `set -eu
root=${quoteWord(root)}
${HOMES}
install -d -m 0755 "$root/etc/cloud/cloud.cfg.d"
printf '%s\\n' 'ssh_deletekeys: false' > "$root/etc/cloud/cloud.cfg.d/90-limaform.cfg"
rm -f "$root"/etc/ssh/ssh_host_*
: > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed" "$root/var/lib/systemd/credential.secret"
rm -f "$root/var/lib/urandom/random-seed" "$root"/boot/loader/random-seed "$root"/boot/efi/loader/random-seed
rm -f "$root/var/lib/NetworkManager/secret_key" "$root"/var/lib/dhcp/* "$root"/var/lib/NetworkManager/*.lease
rm -rf "$root/var/lib/limaform" "$root"/var/log/journal/*
rm -rf "$root"/var/lib/cloud/instances/* "$root"/var/lib/cloud/instance
homes | while IFS= read -r home; do
  rm -f "$home"/.*_history "$home/.lesshst" "$home/.viminfo" "$home/.wget-hsts" "$home/.node_repl_history"
done
[ ! -d "$root/var/log" ] || find "$root/var/log" -xdev -type f -exec sh -c 'for file; do : > "$file"; done' sh {} +
[ -z "$root" ] || exit 0
${TRIM}`;
}
