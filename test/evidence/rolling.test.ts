import { everythingGoes } from "../e2e/chapters/everything-goes.js";
import { firstApply } from "../e2e/chapters/first-apply.js";
import { FILES } from "../e2e/chapters/sample.js";
import { tellStory } from "../support/e2e-story.js";
import { rolling } from "./chapters/rolling.js";

/* Seven boots: too long for every test run. */

tellStory("a new golden image on real VMs", FILES, [firstApply, rolling, everythingGoes]);
