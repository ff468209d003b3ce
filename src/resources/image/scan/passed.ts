/**
 * Where shapes of secrets are no finding, because what lies there was published for everybody: keys of test suites,
 * tokens of examples. Values of declared secrets are a finding everywhere.
 *
 * Shape: shell patterns of whole paths; `*` stands for slashes too. Files of the distribution's packages are not listed:
 * they are judged by their checksum.
 */
export const PUBLISHED: readonly { readonly why: string; readonly paths: readonly string[] }[] = [
  {
    why: "dependency",
    // Not the folders with a dot: caches and notes of the package managers hold what a user gave them.
    paths: [
      "*/node_modules/[!.]*",
      "*/site-packages/[!.]*",
      "*/dist-packages/[!.]*",
      "*/pkg/mod/[!c]*",
      "*/.cargo/registry/src/*",
      "*/.cargo/git/checkouts/*",
    ],
  },
  {
    why: "toolchain",
    paths: [
      "*/go/src/*",
      "*/go/test/*",
      "*/go/misc/*",
      "*/lib/rustlib/*",
      "*/lib/python3*/test/*",
      "*/share/doc/*",
      "*/share/man/*",
      "*/include/node/*",
    ],
  },
  // Tools and agents that limaform unpacked: released files, each held against its checksum.
  { why: "released", paths: ["/usr/local/lib/limaform/*"] },
  // Made by a package for this machine alone, and trusted by nobody.
  { why: "self_signed", paths: ["/etc/ssl/private/ssl-cert-snakeoil.key"] },
  // Removed right after the scan: every clone makes its own.
  { why: "identity", paths: ["/etc/ssh/ssh_host_*_key"] },
];

/** Notes of package managers inside such folders that keep where something was fetched from. */
export const NOT_PUBLISHED: readonly string[] = ["*/direct_url.json", "*/.npmrc", "*/.netrc", "*/.env"];
