/* Effects: takes objects of ours into the user's repository, all of them or none. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { makeFolders } from "../host/make-folders.js";
import { toStoreError } from "../store/store-errors.js";
import { type GitTimes, type HostObjects, writePack } from "./bare.js";
import type { Git } from "./git.js";
import { openIncoming } from "./incoming.js";
import { withTemporaryFolder } from "./temporary.js";

interface Import {
  /** Ours, which has the objects. */
  readonly gitDir: string;
  readonly host: HostObjects;
  readonly want: readonly string[];
  /** What the host has. */
  readonly have: readonly string[];
  /** Folder for the pack. */
  readonly scratch: string;
}

/**
 * Everything that `want` reaches and `have` does not, checked by git in a folder of its own in the git directory: a disk that
 * fills, a refusal or a kill leaves no half pack among the user's. Errors: REPO_…, STORE_….
 */
export async function importObjects(
  git: Git,
  { gitDir, host, want, have, scratch }: Import,
  times: GitTimes,
): Promise<void> {
  await withTemporaryFolder(scratch, async (folder) => {
    const pack = await writePack(git, gitDir, { want, have, folder }, times);
    if (pack === null) return;
    const place = join(host.commonDir, "limaform");
    await makeFolders(place, 0o700).catch((error: unknown) => {
      throw toStoreError(error, "make", place);
    });
    await withTemporaryFolder(place, async (front) => {
      const incoming = await openIncoming(git, host.commonDir, front, host.objects);
      const take = ["index-pack", "--stdin", "--strict"];
      await incoming.git.neutral(host.commonDir, take, { ...times, stdin: createReadStream(pack) });
      await incoming.keep();
    });
  });
}
