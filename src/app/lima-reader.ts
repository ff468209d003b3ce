import { userHome } from "../adapters/host/user-home.js";
import { createLimaReader, type LimaReader } from "../adapters/lima/reader.js";
import { thisHost } from "../adapters/lock/host.js";
import { limaHomeOf } from "./lima-home.js";
import type { AppSession } from "./session.js";

type LimaSession = Pick<AppSession, "options" | "invocation">;

/** Of the user's LIMA_HOME, or of the one that a saved plan names (a real path). */
export async function openLimaReader({ options, invocation }: LimaSession, pinned?: string): Promise<LimaReader> {
  const env: AppSession["options"]["env"] = { ...options.env, HOME: userHome(options.env) };
  return createLimaReader({
    home: pinned ?? (await limaHomeOf(options)),
    env,
    invocation,
    bootId: async () => (await thisHost().identify()).bootId,
  });
}
