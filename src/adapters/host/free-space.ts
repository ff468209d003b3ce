import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { showSize } from "../../util/bytes.js";

/**
 * How much room there is where a path is or would be, in words: `12 MiB free on the file system of /home/me/.lima`.
 *
 * Effects: asks the file system. Never throws: it is for messages of failures that have their own reason.
 */
export function freeSpaceText(path: string): string {
  for (let place = path; ; place = dirname(place)) {
    try {
      const { bavail, bsize } = statfsSync(place);
      return `${showSize(bavail * bsize)} free on the file system of ${place}`;
    } catch (error) {
      const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!isMissing || place === dirname(place)) return `the free room at ${path} is not known`;
    }
  }
}
