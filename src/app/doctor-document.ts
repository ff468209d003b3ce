/** What `doctor` found on this machine. Shape: `ready` exactly when no check is `missing`; checks in the order shown. */
export interface DoctorDocument {
  readonly format: "limaform.doctor";
  readonly version: 1;
  readonly ready: boolean;
  readonly system: DoctorSystem;
  /** One command for all packages that are not here; null where there is none to install, or no package manager is known. */
  readonly install: string | null;
  readonly checks: readonly DoctorCheck[];
}

export interface DoctorSystem {
  /** As Node names it: `linux`, `darwin`. */
  readonly os: string;
  /** For people: `Debian GNU/Linux 13 (trixie)`. */
  readonly name: string;
  readonly arch: string;
  /** The package manager that the commands in `next` use; null where none is known. */
  readonly packages: PackageManager | null;
  /** Login name; the user id where it has none. */
  readonly user: string;
  readonly root: boolean;
}

export type PackageManager = "apt-get" | "dnf" | "pacman" | "zypper" | "apk" | "brew";

/**
 * `missing`: limaform cannot do its work here without it. `warning`: it can, but worse, or the thing will bite later.
 * `skipped`: could not be looked at, with the reason.
 */
export type DoctorStatus = "ok" | "warning" | "missing" | "skipped";

export interface DoctorCheck {
  /** Stable: `limactl`, `qemu`, `kvm` … */
  readonly id: string;
  readonly group: "programs" | "host" | "lima" | "project";
  readonly status: DoctorStatus;
  /** What was found. */
  readonly text: string;
  /** Why it matters; empty where all is well. */
  readonly why: string;
  /** Commands (or one sentence) that mend it, in order; empty where there is nothing to do. */
  readonly next: readonly string[];
}
