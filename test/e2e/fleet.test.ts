import { afterAll, beforeAll, describe } from "vitest";
import { type Fleet, makeFleet } from "../support/e2e.js";
import { applyTwice } from "./chapters/apply-twice.js";
import { codeGoesIn } from "./chapters/code-goes-in.js";
import { everythingGoes } from "./chapters/everything-goes.js";
import { fewerWorkers } from "./chapters/fewer-workers.js";
import { firstApply } from "./chapters/first-apply.js";
import { inPlace } from "./chapters/in-place.js";
import { lostWorker } from "./chapters/lost-worker.js";
import { recovery } from "./chapters/recovery.js";
import { rolling } from "./chapters/rolling.js";
import { FILES } from "./chapters/sample.js";
import { workAtRisk } from "./chapters/work-at-risk.js";
import { workComesBack } from "./chapters/work-comes-back.js";

/* One story on real VMs: each chapter goes on with the fleet that the one before it left. */

describe("a fleet on real VMs", () => {
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

  firstApply(fleet);
  applyTwice(fleet);
  codeGoesIn(fleet);
  workComesBack(fleet);
  lostWorker(fleet);
  inPlace(fleet);
  recovery(fleet);
  rolling(fleet);
  fewerWorkers(fleet);
  workAtRisk(fleet);
  everythingGoes(fleet);
});
