import { LimaError } from "../../errors/errors.js";

const NAME = /^[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;
const LONGEST_IDENTIFIER = 76;
/** Lima puts `ssh.sock.1234567890123456` under the instance's folder, and the kernel limits the path of a socket. */
const LONGEST_SOCKET_NAME = 25;
const SOCKET_PATH_LIMIT = { linux: 108, darwin: 104 } as const;

/**
 * Longest instance name that Lima accepts under a LIMA_HOME.
 *
 * Units: bytes of the real path and of the name (names are ASCII).
 * Source: reference/lima.md §4.5.
 */
export function maxNameLength(os: "linux" | "darwin", limaHome: string): number {
  const room = SOCKET_PATH_LIMIT[os] - 1 - Buffer.byteLength(limaHome) - 2 - LONGEST_SOCKET_NAME;
  return Math.max(0, Math.min(room, LONGEST_IDENTIFIER));
}

/**
 * Refuses what is no instance name, before it becomes an argument or a path.
 *
 * Errors: LIMA_NAME.
 */
export function assertInstanceName(name: string): void {
  if (NAME.test(name) && name.length <= LONGEST_IDENTIFIER && !/\.ya?ml$/.test(name)) return;
  throw new LimaError("LIMA_NAME", `${JSON.stringify(name)} is not a name that Lima accepts for an instance`, {
    hint: "Names have letters and digits, with single . _ or - between them, at most 76 characters.",
  });
}

/** True for the names under LIMA_HOME that Lima takes for instances. */
export function isInstanceEntry(name: string): boolean {
  return !name.startsWith(".") && !name.startsWith("_");
}

/** The ssh alias that Lima gives an instance. */
export function hostnameOf(name: string): string {
  return `lima-${name.replaceAll(/[._]/g, "-")}`;
}
