import { afterAll, beforeAll, describe } from "vitest";
import { type Fleet, makeFleet } from "./e2e.js";

/** A chapter goes on with the fleet that the one before it left. */
export type Chapter = (fleet: () => Fleet) => void;

/** One story on real VMs, in a LIMA_HOME of its own that is gone afterwards. */
export function tellStory(title: string, files: Readonly<Record<string, string>>, chapters: readonly Chapter[]): void {
  describe(title, () => {
    let made: Fleet | null = null;
    const fleet = (): Fleet => {
      if (made === null) throw new Error("there is no fleet: the set-up failed");
      return made;
    };
    beforeAll(async () => {
      made = await makeFleet(files);
    });
    afterAll(async () => {
      await made?.close();
    });
    for (const chapter of chapters) chapter(fleet);
  });
}
