import { FILES } from "../e2e/chapters/sample.js";
import { onAgentFleet } from "../support/e2e-agent.js";
import { answers } from "./chapters/answers.js";

/* The real Claude Code on two workers, and a model that does not do as it should. */

onAgentFleet("models that misbehave, on real VMs", FILES, answers);
