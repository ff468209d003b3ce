import PACKAGES from "../../setup/packages.json" with { type: "json" };
import type { SystemFacts } from "../adapters/doctor/system.js";
import type { PackageManager } from "./doctor-document.js";

/** In the order of preference; Homebrew on Linux is a guest beside the system's own. */
export const MANAGERS: readonly PackageManager[] = ["apt-get", "dnf", "pacman", "zypper", "apk", "brew"];

/** Which package manager a family of systems has, also where a bare PATH does not show it. */
const BY_FAMILY: Readonly<Record<string, PackageManager>> = {
  ...{ debian: "apt-get", ubuntu: "apt-get", fedora: "dnf", rhel: "dnf", centos: "dnf", arch: "pacman" },
  ...{ suse: "zypper", opensuse: "zypper", alpine: "apk" },
};

const INSTALL: Readonly<Record<PackageManager, string>> = {
  "apt-get": "apt-get install --yes",
  dnf: "dnf install --assumeyes",
  pacman: "pacman --sync --needed",
  zypper: "zypper install",
  apk: "apk add",
  brew: "brew install",
};

export function packageManagerOf({ os, families, managers }: SystemFacts): PackageManager | null {
  if (os === "darwin") return "brew";
  const byFamily = families.map((family) => BY_FAMILY[family]).find((manager) => manager !== undefined);
  return byFamily ?? MANAGERS.find((manager) => managers.includes(manager)) ?? null;
}

/** Packages that bring a tool; empty where this system's manager has none. The set-up reads the same table. */
export function packagesFor(manager: PackageManager, tool: string): readonly string[] {
  const table: Readonly<Record<string, string>> = PACKAGES;
  return (table[`${manager} ${tool}`] ?? tool).split(" ").filter((name) => name !== "");
}

/** One command that installs these tools; null where no package manager has any of them. */
export function installLine(system: SystemFacts, tools: readonly string[]): string | null {
  const manager = packageManagerOf(system);
  if (manager === null) return null;
  const packages = [...new Set(tools.flatMap((tool) => packagesFor(manager, tool)))];
  return packages.length === 0 ? null : asRoot(system, `${INSTALL[manager]} ${packages.join(" ")}`, manager);
}

/** What must be typed so that a command runs as root. */
export function asRoot({ uid, hasSudo }: SystemFacts, line: string, manager?: PackageManager): string {
  if (uid === 0 || manager === "brew") return line;
  return hasSudo ? `sudo ${line}` : `su -c '${line}'`;
}
