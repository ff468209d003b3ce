import { tellStory } from "../support/e2e-story.js";
import { applyTwice } from "./chapters/apply-twice.js";
import { codeGoesIn } from "./chapters/code-goes-in.js";
import { everythingGoes } from "./chapters/everything-goes.js";
import { fewerWorkers } from "./chapters/fewer-workers.js";
import { filesComeBack } from "./chapters/files-come-back.js";
import { firstApply } from "./chapters/first-apply.js";
import { inPlace } from "./chapters/in-place.js";
import { lostWorker } from "./chapters/lost-worker.js";
import { recovery } from "./chapters/recovery.js";
import { FILES } from "./chapters/sample.js";
import { workAtRisk } from "./chapters/work-at-risk.js";
import { workComesBack } from "./chapters/work-comes-back.js";

tellStory("a fleet on real VMs", FILES, [
  firstApply,
  applyTwice,
  codeGoesIn,
  workComesBack,
  filesComeBack,
  lostWorker,
  inPlace,
  recovery,
  fewerWorkers,
  workAtRisk,
  everythingGoes,
]);
