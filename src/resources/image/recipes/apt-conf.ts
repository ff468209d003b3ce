import type { Proxies } from "../../../ports/downloads.js";

/* How apt is called in a build: pure texts. Nothing of it stays in the image. */

export const APT_FOLDER = "/run/limaform-apt";
export const APT_CONF = `${APT_FOLDER}/apt.conf`;

/**
 * Names of packages, each alone or with `=version`, `/release` or `:architecture`; nothing that apt takes for an option,
 * or (`jq-`) for the wish to remove it.
 */
export const PACKAGE = "^[a-z0-9][a-z0-9+.-]*[a-z0-9+](:[a-z0-9-]+)?([=/][A-Za-z0-9.+~:_-]+)?$";

/**
 * Settings for `apt-get -c`: from a file, because a proxy's address can hold a password.
 *
 * Source: apt.conf(5).
 */
export function aptConf(proxies: Proxies | null, mirror: string | null): string {
  const lines = [
    'Acquire::Retries "3";',
    'Acquire::http::Timeout "30";',
    'Acquire::https::Timeout "30";',
    // What --print-uris tells is the key of the host's cache.
    'Acquire::ForceHash "SHA256";',
    // Kept as they came: so they are small enough to be kept on the host.
    'Acquire::GzipIndexes "true";',
    'Acquire::Languages "none";',
    'APT::Update::Error-Mode "any";',
    'APT::Keep-Downloaded-Packages "true";',
    'APT::Install-Recommends "false";',
    'Dpkg::Use-Pty "0";',
    'DPkg::Lock::Timeout "120";',
    'DPkg::Options { "--force-confdef"; "--force-confold"; };',
  ];
  if (proxies?.http) lines.push(`Acquire::http::Proxy "${new URL(proxies.http).href}";`);
  if (proxies?.https) lines.push(`Acquire::https::Proxy "${new URL(proxies.https).href}";`);
  for (const host of directHosts(proxies)) lines.push(`Acquire::http::Proxy::${host} "DIRECT";`);
  if (mirror !== null) {
    lines.push(`Dir::Etc::SourceList "/dev/null";`, `Dir::Etc::SourceParts "${APT_FOLDER}/parts";`);
  }
  return `${lines.join("\n")}\n`;
}

/** Of NO_PROXY the plain host names: apt knows neither suffixes nor networks. */
const directHosts = (proxies: Proxies | null): readonly string[] =>
  (proxies?.none ?? "").split(",").flatMap((text) => {
    const host = text.trim();
    return /^[A-Za-z0-9][A-Za-z0-9.-]*$/u.test(host) ? [host] : [];
  });

/** Copies of the guest's own lists of sources with the distribution's hosts replaced; paths and everything else stay. */
export const MIRROR_SCRIPT = `mkdir -p ${APT_FOLDER}/parts
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
  [ -e "$file" ] || continue
  sed -E -e "s#mirror\\+file:/+etc/apt/mirrors/(debian|debian-security)\\.list#$1/\\1#g" \\
    -e "s#https?://[A-Za-z0-9.-]*(debian\\.org|ubuntu\\.com)(:[0-9]+)?/#$1/#g" "$file" > "${APT_FOLDER}/parts/\${file##*/}"
done`;

export interface AptFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

const URI = /^'[^']*' ([A-Za-z0-9][A-Za-z0-9.+~_%:-]*\.deb) ([0-9]{1,12}) SHA256:([0-9a-f]{64})$/u;

/** What apt would download, from `--print-uris`. Lines of another kind are left out: apt then downloads by itself. */
export function readUris(text: string): readonly AptFile[] {
  return text.split("\n").flatMap((line) => {
    const match = URI.exec(line.trim());
    if (match?.[1] === undefined || match[3] === undefined) return [];
    return [{ name: match[1], bytes: Number(match[2]), sha256: match[3] }];
  });
}

const UNITS: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 };

/** Bytes of "Fetched 9820 kB in 3s"; 0 where apt fetched nothing. */
export function fetchedBytes(text: string): number {
  const match = /^Fetched ([0-9.,]+) (B|kB|MB|GB) in /mu.exec(text);
  return match === null ? 0 : Math.round(Number(match[1]?.replaceAll(",", "")) * (UNITS[match[2] ?? ""] ?? 1));
}
