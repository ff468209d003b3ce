import { describe, it } from "vitest";
import { filesComeBack } from "../e2e/chapters/files-come-back.js";
import { FILES, writeSpec } from "../e2e/chapters/sample.js";
import { tellStory } from "../support/e2e-story.js";

tellStory("files of one worker on a real VM", FILES, [
  (fleet) =>
    describe("one worker", () => {
      it("is made", async () => {
        await writeSpec(fleet());
        await fleet().edit("workers = 2", "workers = 1");
        await fleet().repository.commit("Ask for one worker");
        await fleet().expect(0, "apply", "--yes");
      });
    }),
  filesComeBack,
]);
