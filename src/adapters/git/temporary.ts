/* Effects: makes and removes private folders. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs `use` with a new folder (mode 0700) that is gone afterwards, also after a failure. What a killed process left
 * beside it goes too: its name holds the process id.
 */
export async function withTemporaryFolder<T>(parent: string | null, use: (folder: string) => Promise<T>): Promise<T> {
  const place = parent ?? tmpdir();
  await sweepFolders(place);
  const folder = await mkdtemp(join(place, `limaform-${process.pid}-`));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Removes what killed processes left in a folder. */
export async function sweepFolders(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    const pid = /^\.?limaform-(\d{1,10})-[A-Za-z0-9]{6}$/u.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    // In a shared folder it may be another user's.
    await rm(join(place, name), { recursive: true, force: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EACCES" && error.code !== "EPERM") throw error;
    });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
