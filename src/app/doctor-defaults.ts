import { openDefaults, readMerged, unreadMerged } from "../adapters/lima/defaults.js";
import { createLimactl } from "../adapters/lima/limactl.js";
import { createRawConfigReader } from "../adapters/lima/raw-config.js";
import { LimaError } from "../errors/errors.js";
import type { LimaState } from "./doctor-lima.js";
import type { AppSession } from "./session.js";

/** What the user's own Lima defaults would open; asked of limactl only where there are such files and it can answer. */
export async function readDefaults(
  { options, invocation, interrupt }: AppSession,
  home: string,
  canAsk: boolean,
): Promise<Pick<LimaState, "openDefaults" | "defaultFiles">> {
  const files = createRawConfigReader();
  const [merged, unread] = [readMerged(home, files), unreadMerged(home, files)];
  const defaultFiles = [...unread, ...merged.map(({ path }) => path)];
  if (defaultFiles.length === 0) return { openDefaults: [], defaultFiles };
  if (!canAsk) return { openDefaults: null, defaultFiles };
  // Only reading calls: neither the state folder nor emulation matter.
  const limactl = createLimactl({ home, state: home, env: options.env, invocation, isEmulated: async () => false });
  try {
    return { openDefaults: await openDefaults(merged, limactl, interrupt.first, unread), defaultFiles };
  } catch (error) {
    // limactl has a check of its own.
    if (error instanceof LimaError) return { openDefaults: null, defaultFiles };
    throw error;
  }
}
