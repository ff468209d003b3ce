import { afterAll, beforeAll, describe } from "vitest";
import { type Fleet, makeFleet } from "../support/e2e.js";
import { imageIdentity } from "./chapters/image-identity.js";
import { imageRebuild } from "./chapters/image-rebuild.js";
import { imageResume } from "./chapters/image-resume.js";
import { imageTools } from "./chapters/image-tools.js";
import { FILES } from "./chapters/sample.js";

/* The images' story on real VMs: each chapter goes on with the fleet that the one before it left. */

describe("images on real VMs", () => {
  let made: Fleet | null = null;
  const fleet = (): Fleet => {
    if (made === null) throw new Error("there is no fleet: the set-up failed");
    return made;
  };
  beforeAll(async () => {
    made = await makeFleet(FILES);
  });
  afterAll(async () => {
    await made?.close();
  });

  imageResume(fleet);
  imageRebuild(fleet);
  imageTools(fleet);
  imageIdentity(fleet);
});
