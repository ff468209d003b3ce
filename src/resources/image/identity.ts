import { GuestError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";

/**
 * Run as root just before the last stop. Every clone must make its own identity at its first boot, and must keep its
 * host key from then on (`ssh_deletekeys: false`; Lima changes the instance id at every start).
 */
const RESET = `set -eu
install -d -m 0755 /etc/cloud/cloud.cfg.d
printf '%s\\n' 'ssh_deletekeys: false' > /etc/cloud/cloud.cfg.d/90-limaform.cfg
rm -f /etc/ssh/ssh_host_*
: > /etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed /var/lib/systemd/credential.secret
rm -rf /var/lib/limaform /var/log/journal/*
find /var/log -type f -exec truncate -s 0 {} +
rm -f /root/.bash_history /home/*/.bash_history
find /tmp /var/tmp -mindepth 1 -maxdepth 1 ! -name 'systemd-private-*' -exec rm -rf {} +
if command -v fstrim > /dev/null; then fstrim -a || echo 'note: fstrim is not possible here' >&2; fi
sync
`;

/** Errors: IMAGE_RESET_FAILED. */
export async function resetIdentity(
  guest: Guest,
  instance: string,
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<void> {
  const result = await guest.exec(instance, { argv: ["sh", "-s"], stdin: RESET, asRoot: true }, options);
  if (result.exitCode === 0) return;
  throw new GuestError(
    "IMAGE_RESET_FAILED",
    `the identity of ${instance} could not be removed (exit ${result.exitCode})`,
    {
      hint: `look into it with: limaform apply --verbose`,
      details: { stderr: result.stderr.slice(-2000) },
    },
  );
}
