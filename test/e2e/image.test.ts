import { tellStory } from "../support/e2e-story.js";
import { agentsAtWork } from "./chapters/agents-at-work.js";
import { imageIdentity } from "./chapters/image-identity.js";
import { imageRebuild } from "./chapters/image-rebuild.js";
import { imageResume } from "./chapters/image-resume.js";
import { imageTools } from "./chapters/image-tools.js";
import { FILES } from "./chapters/sample.js";

tellStory("images on real VMs", FILES, [imageResume, imageRebuild, imageTools, agentsAtWork, imageIdentity]);
