import { quoteWord } from "../../../util/shell-quote.js";
import { HOMES } from "./homes.js";

/**
 * Removes what nobody works with again: caches of downloads, logs, crashes, temporary files, keys that were let in. Run as
 * root before the scan. What may hold a secret on purpose (histories, credentials of package managers) is left for the
 * scan to find; stores that builds work with (modules of Go, crates, linked packages of pnpm and uv) stay.
 *
 * Shape: repeating it is safe, and the instance goes on working. `root` empty = the whole system.
 */
export function sweepScript(root: string): string {
  return `set -eu
root=${quoteWord(root)}
${HOMES}
rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/archives/partial/* "$root"/var/cache/apt/*.bin
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/dnf/* "$root"/var/cache/yum/* "$root"/var/cache/apk/*
homes | while IFS= read -r home; do
  rm -rf "$home/.npm/_cacache" "$home/.npm/_logs" "$home/.npm/_npx" "$home/.cache/pip" "$home/.cache/yarn"
done
rm -rf "$root"/usr/local/share/.cache/yarn "$root"/var/lib/limaform/build
if [ -d "$root/var/log" ]; then
  find "$root/var/log" -xdev -type f \\( -path '*/journal/*' -o -name '*.gz' -o -name '*.xz' -o -name '*.old' \\
    -o -name '*.[0-9]' -o -name 'cloud-init*' \\) -exec rm -f {} +
  find "$root/var/log" -xdev -type f -exec sh -c 'for file; do : > "$file"; done' sh {} +
fi
rm -rf "$root"/var/crash/* "$root"/var/lib/systemd/coredump/* "$root"/var/spool/mail/* "$root"/var/mail/*
for folder in "$root/tmp" "$root/var/tmp"; do
  [ ! -d "$folder" ] || find "$folder" -xdev -mindepth 1 -maxdepth 1 ! -name 'systemd-private-*' -exec rm -rf {} +
done
# Of the keys that may log in only those that Lima brought with the instance's own data.
known="$root/var/lib/cloud/instance/user-data.txt $root/mnt/lima-cidata/user-data"
homes | while IFS= read -r home; do
  for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
    [ -f "$file" ] || continue
    cp -p "$file" "$file.limaform"
    while IFS= read -r line || [ -n "$line" ]; do
      key=$(printf '%s\\n' "$line" | grep -oE 'AAAA[A-Za-z0-9+/=]{40,}' | head -n 1)
      # shellcheck disable=SC2086 # two paths
      [ -z "$key" ] || ! grep -qsF -- "$key" $known || printf '%s\\n' "$line"
    done < "$file" > "$file.limaform"
    if [ -s "$file.limaform" ]; then cat "$file.limaform" > "$file"; else rm -f "$file"; fi
    rm -f "$file.limaform"
  done
done
`;
}
