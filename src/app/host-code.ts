import type { SourceFacts } from "../world/sources.js";
import type { Fleet } from "./fleet.js";
import { readOwnFiles } from "./own-files.js";
import type { AppSession } from "./session.js";
import { codeFacts } from "./sources.js";

/** The host's code as it is now, read once for all workers that get it. */
export interface HostCode {
  readonly code: SourceFacts["repository"];
  readonly ownFiles: readonly string[];
}

export async function readHostCode(session: AppSession, fleet: Fleet): Promise<HostCode> {
  const { spec } = fleet.loaded;
  const ownFiles = await readOwnFiles(spec, { ...fleet, repository: session.repository, writes: [] });
  return { code: await codeFacts(spec, session.repository, ownFiles, session.interrupt.first), ownFiles };
}

/** False: there is nothing to bring in (no repository, no commit). */
export const hasCode = ({ code }: Pick<HostCode, "code">): boolean =>
  code.kind === "files" || (code.kind === "git" && code.head !== null);
