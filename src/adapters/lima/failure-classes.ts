/*
 * What Lima's messages mean. Matched in this order, case-insensitively, against text without any quotes: Lima 2.2 writes
 * `name` where earlier ones wrote "name". Source: reference/lima.md §2.9.
 */

export interface FailureClass {
  readonly code: string;
  /** One of them must occur. */
  readonly patterns: readonly RegExp[];
  /** What happened, as the middle of a sentence: "cannot start my-worker: …". */
  readonly reason: string;
  readonly isTransient?: true;
  /** True for what makes a VM end while it starts: looked for in the host agent's log too. */
  readonly isCause?: true;
  readonly hint: (instance: string) => string;
}

const log = (instance: string): string => `less "$(limactl list --format '{{.Dir}}' ${instance})/ha.stderr.log"`;
const again = (): string => "Run the same command again: limaform looks first and goes on where this ended.";

export const FAILURE_CLASSES: readonly FailureClass[] = [
  {
    code: "LIMA_ROOT_REFUSED",
    patterns: [/must not run as the root user/],
    reason: "limactl does not run as root",
    hint: () => "Run limaform as another user, for example: sudo -u USER limaform plan",
  },
  {
    code: "LIMA_DISK_FULL",
    patterns: [/no space left on device/, /disk quota exceeded/],
    reason: "the disk of this host is full",
    isCause: true,
    hint: () => `Make room, then run the same command again. What takes it: du -sh "\${LIMA_HOME:-$HOME/.lima}"/*`,
  },
  {
    code: "LIMA_PROTECTED",
    patterns: [/instance is protected to prohibit accidental/],
    reason: "the instance is protected against removal",
    hint: (instance) => `limactl unprotect ${instance}`,
  },
  {
    code: "LIMA_PARTIAL_DIR",
    patterns: [/could not be read; it was not deleted/],
    reason: "its folder has no readable lima.yaml; Lima leaves it alone in case a clone is being written there",
    hint: (instance) => `If nothing uses it: rm -r "\${LIMA_HOME:-$HOME/.lima}/${instance}"`,
  },
  {
    code: "LIMA_EXISTS",
    patterns: [/(instance|disk|network) \S+ already exists/],
    reason: "an instance of that name exists already",
    hint: (instance) => `limactl list ${instance}`,
  },
  {
    code: "LIMA_NAME",
    patterns: [/identifier \S+ must match/, /identifier \S+ greater than maximum length/, /too long: .*unix_path_max/],
    reason: "Lima does not accept the name here",
    hint: () => "Choose a shorter project name, or set LIMA_HOME to a shorter path.",
  },
  {
    code: "LIMA_ACCELERATION",
    patterns: [/could not access kvm kernel module/, /failed to initialize kvm/, /failed to initialize hvf/],
    reason: "hardware acceleration is there by name but does not run",
    isCause: true,
    hint: () =>
      "Give this user access to /dev/kvm (usermod -aG kvm USER, then log in again), then run the same command again.",
  },
  {
    code: "LIMA_PORT_IN_USE",
    patterns: [/address already in use/],
    reason: "a port that the instance needs is taken",
    isTransient: true,
    isCause: true,
    hint: again,
  },
  {
    code: "LIMA_TOOL_MISSING",
    patterns: [/executable file not found/, /exec: \S+: no such file/],
    reason: "a program that Lima needs is not installed",
    isCause: true,
    hint: () => "Install the program that is named, then run the same command again.",
  },
  {
    code: "LIMA_FIRMWARE",
    patterns: [/could not find firmware for/],
    reason: "the UEFI firmware for guests is not installed",
    isCause: true,
    hint: () => "Install it: apt install ovmf (x86_64) or qemu-efi-aarch64 (aarch64)",
  },
  {
    code: "LIMA_GUEST_AGENT",
    patterns: [/guest agent binary could not be found/],
    reason: "Lima's guest agent is not installed, and the instance is not a plain one",
    hint: () => "limaform makes plain instances only: look for `plain: false` in _config/*.yaml under LIMA_HOME.",
  },
  {
    code: "LIMA_IMAGE_CHANGED",
    patterns: [/expected digest .* got/, /digest mismatch/],
    reason: "the base image is not the one whose digest is pinned",
    hint: () => "Correct vm.image in limaform.toml, or remove the cached download: limactl prune",
  },
  {
    code: "LIMA_IMAGE",
    patterns: [/failed to download/, /no images are configured/, /unsupported arch/, /file \S+ does not exist/],
    reason: "the base image could not be had",
    isTransient: true,
    hint: () => "Check vm.image in limaform.toml and the network, then run the same command again.",
  },
  {
    code: "LIMA_DISK_LOCK",
    patterns: [/in use by instance/],
    reason: "an additional disk is in use by another instance",
    isCause: true,
    hint: () => "limactl disk list",
  },
  {
    code: "LIMA_CONFIG",
    patterns: [
      /the yaml is invalid/,
      /field \S+ .*(must|is not|invalid|required)/,
      /template does not define param/,
      /is not used in any provision/,
      /shrinking the disk/,
      /disk shrinking is not supported/,
      /failed to (unmarshal|load) yaml/,
      /minimumlimaversion/,
    ],
    reason: "Lima refuses the configuration",
    hint: (instance) => `limactl validate "\${LIMA_HOME:-$HOME/.lima}/${instance}/lima.yaml"`,
  },
  {
    code: "LIMA_WRONG_STATUS",
    patterns: [/cannot (clone|rename|edit) a running instance/, /expected status \S+ got/, /is stopped, run/],
    reason: "the instance is not in the state that this needs",
    isTransient: true,
    hint: again,
  },
  {
    code: "LIMA_START_SLOW",
    patterns: [/did not start up in 5s/],
    reason: "Lima's host agent was not up within its five seconds; this host is busy",
    isTransient: true,
    hint: () => "Run the same command again, with fewer at once: limaform apply --parallel 1",
  },
  {
    code: "LIMA_START_TIMEOUT",
    patterns: [/did not receive an event with the running/],
    reason: "it was not ready in time; the VM goes on booting",
    hint: (instance) => `Run the same command again, or raise vm.start_timeout. What it does: ${log(instance)}`,
  },
  {
    code: "LIMA_STOP_TIMEOUT",
    patterns: [
      /did not receive an event with the exiting/,
      /timed out waiting for instance to shut down/,
      /vz timeout while waiting for stop/,
      /canrequeststop is not supported/,
    ],
    reason: "the guest did not shut down in time",
    hint: (instance) => `limactl stop -f ${instance}`,
  },
  {
    code: "LIMA_DEGRADED",
    patterns: [/degraded, status=/],
    reason: "the VM runs, but a part of Lima's set-up in the guest did not answer",
    hint: log,
  },
  {
    code: "LIMA_HALF_DEAD",
    patterns: [
      /seems running \(hint: remove/,
      /driver is running but host agent is not/,
      /host agent is running but driver is not/,
      /failed to get info from/,
      /failed to connect to \S*ha\.sock/,
      /errors inspecting instance/,
    ],
    reason: "only a part of the instance's processes is alive",
    hint: (instance) => `limactl stop -f ${instance}`,
  },
  {
    code: "LIMA_START_FAILED",
    patterns: [/exiting, status=/, /host agent process has exited/],
    reason: "the VM ended while it started",
    hint: log,
  },
  {
    code: "LIMA_NOT_FOUND_INSTANCE",
    patterns: [
      /lima\.yaml: no such file or directory/,
      /instance \S+ not found/,
      /does not exist, run/,
      /no instance matching/,
      /unmatched instances/,
      /ignoring non-existent instance/,
    ],
    reason: "there is no such instance",
    hint: () => "limactl list",
  },
];
