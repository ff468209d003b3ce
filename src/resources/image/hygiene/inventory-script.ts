import { quoteWord } from "../../../util/shell-quote.js";
import { HOMES } from "./homes.js";

/**
 * Lists what is installed, from the files in which package managers note it: no interpreter is started. One line each:
 * `SORT TAB NAME TAB VERSION TAB ARCHITECTURE`.
 *
 * Shape: `root` empty = the whole system.
 */
export function inventoryScript(root: string): string {
  return `set -u
root=${quoteWord(root)}
${HOMES}
if command -v dpkg-query > /dev/null; then
  dpkg-query --admindir="$root/var/lib/dpkg" -W -f '\${db:Status-Abbrev}\\t\${Package}\\t\${Version}\\t\${Architecture}\\n' 2> /dev/null |
    sed -n 's/^ii *\\t/deb\\t/p'
elif command -v rpm > /dev/null; then rpm -qa --qf 'rpm\\t%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n'
elif command -v apk > /dev/null; then
  apk info -v | sed -n 's/^\\(.*\\)-\\([^-]*-r[0-9]*\\)$/apk\\t\\1\\t\\2\\t/p'
fi
# npm -g: two spaces in front, as npm itself writes it.
for folder in "$root"/usr/lib/node_modules "$root"/usr/local/lib/node_modules "$root"/opt/*/lib/node_modules "$root"/opt/*/*/lib/node_modules; do
  for file in "$folder"/*/package.json "$folder"/@*/*/package.json; do
    [ -f "$file" ] || continue
    name=\${file#"$folder"/}
    version=$(sed -n 's/^[[:space:]]*"version": *"\\([^"]*\\)".*/\\1/p' "$file" | head -n 1)
    printf 'npm\\t%s\\t%s\\t\\n' "\${name%/package.json}" "$version"
  done
done
{ homes | sed 's|$|/.local|'; for folder in "$root"/usr/local "$root"/opt/* "$root"/opt/*/*; do printf '%s\\n' "$folder"; done; } |
  while IFS= read -r folder; do
    for info in "$folder"/lib/python3*/site-packages/*.dist-info "$folder"/lib/python3*/dist-packages/*.dist-info; do
      [ -d "$info" ] || continue
      name=\${info##*/}; name=\${name%.dist-info}
      printf 'pip\\t%s\\t%s\\t\\n' "\${name%-*}" "\${name##*-}"
    done
  done
{ homes | sed 's|$|/.cargo|'; for folder in "$root"/usr/local/cargo "$root"/opt/* "$root"/opt/*/*; do printf '%s\\n' "$folder"; done; } |
  while IFS= read -r folder; do
    [ ! -f "$folder/.crates.toml" ] || sed -n 's/^"\\([^ ]*\\) \\([^ ]*\\) .*/cargo\\t\\1\\t\\2\\t/p' "$folder/.crates.toml"
  done
[ ! -f "$root/etc/os-release" ] || sed -n 's/^PRETTY_NAME="\\{0,1\\}\\([^"]*\\)"\\{0,1\\}$/os\\t\\1\\t\\t/p' "$root/etc/os-release"
[ -n "$root" ] || printf 'kernel\\t%s\\t%s\\t%s\\n' "$(uname -s)" "$(uname -r)" "$(uname -m)"
printf 'end\\t\\t\\t\\n'
`;
}
