import { LimaError } from "../../errors/errors.js";

export interface RootFacts {
  /** Effective user id; null where the system has none. */
  readonly uid: number | null;
  /** Who called sudo, if anybody. */
  readonly sudoUser: string | null;
  /** Content of the password file. */
  readonly passwd: string;
  readonly hasSudo: boolean;
  /** What the user typed, program name first. */
  readonly invocation: readonly string[];
}

/**
 * Lima refuses root, and limaform never changes user: says so before limactl is called, with the line to type.
 *
 * Errors: LIMA_ROOT_REFUSED.
 */
export function refuseRoot(facts: RootFacts): void {
  if (facts.uid !== 0) return;
  throw new LimaError("LIMA_ROOT_REFUSED", "Lima does not run VMs as root, and limaform does not change user", {
    hint: lineAsOther(facts),
  });
}

/** The line that runs what was typed as an ordinary user, who is made first where there is none. */
export function lineAsOther({ sudoUser, passwd, hasSudo, invocation }: Omit<RootFacts, "uid">): string {
  const user = sudoUser ?? ordinaryUser(passwd);
  const line = invocation.map(shellText).join(" ");
  const as = (name: string): string => (hasSudo ? `sudo -u ${name} ${line}` : `runuser -u ${name} -- ${line}`);
  return user === null ? `useradd --create-home limaform && ${as("limaform")}` : as(user);
}

/** `limaform` if there is such a user, else the first person of the password file. */
function ordinaryUser(passwd: string): string | null {
  const people = passwd.split("\n").flatMap((line) => {
    const [name = "", , uid = "", , , home = "", shell = ""] = line.split(":");
    const isPerson = Number(uid) >= 500 && Number(uid) < 60_000 && home !== "" && !/(nologin|false)$/.test(shell);
    return isPerson && name !== "" ? [name] : [];
  });
  return people.find((name) => name === "limaform") ?? people[0] ?? null;
}

function shellText(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
