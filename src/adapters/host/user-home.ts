/* Effects: asks the system for the account's home folder. */
import { homedir, userInfo } from "node:os";

/**
 * The user's home folder, also where HOME is not set or empty, as in cron and services: Node takes an empty one as it is,
 * and limactl crashes without one.
 */
export function userHome({ HOME }: Readonly<Record<string, string | undefined>>): string {
  if (HOME !== undefined && HOME !== "") return HOME;
  try {
    return userInfo().homedir || "/";
  } catch (error) {
    // An account that the system does not know, as containers have them.
    if (error instanceof Error && "code" in error) return homedir() || "/";
    throw error;
  }
}
