export interface SshConfigInput {
  readonly alias: string;
  readonly user: string;
  readonly port: number;
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

/**
 * One Host block with all options of ours: nothing of the user's or the system's configuration is needed or used, no
 * agent, no forwards, the pinned host key and no other.
 *
 * Source: reference/sync.md §4; design page §7.
 */
export function renderSshConfig(input: SshConfigInput): string {
  const options: readonly (readonly [string, string])[] = [
    ["HostName", "127.0.0.1"],
    ["Port", String(input.port)],
    ["User", input.user],
    ["IdentityFile", quoted(input.identityFile)],
    ["IdentitiesOnly", "yes"],
    ["IdentityAgent", "none"],
    ["PreferredAuthentications", "publickey"],
    ["BatchMode", "yes"],
    ["HostKeyAlias", input.alias],
    ["UserKnownHostsFile", quoted(input.knownHostsFile)],
    ["GlobalKnownHostsFile", "/dev/null"],
    ["StrictHostKeyChecking", "yes"],
    ["CheckHostIP", "no"],
    ["UpdateHostKeys", "no"],
    ["HashKnownHosts", "no"],
    ["ForwardAgent", "no"],
    ["ForwardX11", "no"],
    ["ClearAllForwardings", "yes"],
    ["PermitLocalCommand", "no"],
    ["GSSAPIAuthentication", "no"],
    ["Compression", "no"],
    // Under emulation a guest may be silent for long while it works.
    ["ConnectTimeout", "30"],
    ["ServerAliveInterval", "10"],
    ["ServerAliveCountMax", "6"],
    ["ControlMaster", "no"],
    ["ControlPath", "none"],
    ["LogLevel", "ERROR"],
  ];
  // ssh warns about options that a build lacks (GSSAPI) and goes on.
  return [
    `Host ${input.alias}`,
    "  IgnoreUnknown GSSAPIAuthentication",
    ...options.map((o) => `  ${o.join(" ")}`),
    "",
  ].join("\n");
}

/** ssh_config has no escape for a double quote inside quotes; such paths are refused where they are made. */
function quoted(path: string): string {
  return `"${path.replaceAll("%", "%%")}"`;
}
