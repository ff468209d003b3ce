/* Effects: reads what this system is and who runs limaform. */
import { release, userInfo } from "node:os";
import { readIfThere } from "../host/files.js";
import { findProgram } from "./programs.js";

export interface SystemFacts {
  /** As Node names them: `linux`, `x64`. */
  readonly os: string;
  readonly arch: string;
  readonly node: string;
  /** Of the kernel: `6.12.1`, `22.6.0`. */
  readonly kernel: string;
  /** `PRETTY_NAME` of os-release; the name of the system elsewhere. */
  readonly name: string;
  /** `ID` and `ID_LIKE` of os-release: `ubuntu`, `debian`. */
  readonly families: readonly string[];
  /** Of the package managers that limaform knows, those on PATH. */
  readonly managers: readonly string[];
  readonly user: string;
  readonly uid: number | null;
  readonly sudoUser: string | null;
  readonly hasSudo: boolean;
  /** Content of the password file, to name a user instead of root. */
  readonly passwd: string;
}

type Env = Readonly<Record<string, string | undefined>>;

export async function readSystem(env: Env, managers: readonly string[]): Promise<SystemFacts> {
  const release_ = (await readIfThere("/etc/os-release")) ?? (await readIfThere("/usr/lib/os-release")) ?? "";
  const found = await Promise.all(
    managers.map(async (name) => ((await findProgram(name, env)) === null ? [] : [name])),
  );
  const field = (key: string): string =>
    new RegExp(`^${key}=(.*)$`, "m").exec(release_)?.[1]?.replaceAll(/^["']|["']$/g, "") ?? "";
  return {
    os: process.platform,
    arch: process.arch,
    node: process.versions.node,
    kernel: release(),
    name: field("PRETTY_NAME") || (process.platform === "darwin" ? "macOS" : process.platform),
    families: `${field("ID")} ${field("ID_LIKE")}`.split(" ").filter((word) => word !== ""),
    managers: found.flat(),
    ...whoRuns(env),
    hasSudo: (await findProgram("sudo", { PATH: `/usr/bin:/usr/local/bin:${env.PATH ?? ""}` })) !== null,
    passwd: (await readIfThere("/etc/passwd")) ?? "",
  };
}

function whoRuns(env: Env): Pick<SystemFacts, "user" | "uid" | "sudoUser"> {
  const uid = process.geteuid?.() ?? null;
  const sudoUser = env.SUDO_USER && env.SUDO_USER !== "root" ? env.SUDO_USER : null;
  return { user: userName(uid), uid, sudoUser };
}

/** A user id without an entry in the password file has no name; in containers that is common. */
function userName(uid: number | null): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return String(uid ?? "unknown");
  }
}
