import { atWork } from "../e2e/chapters/agents-at-work.js";
import { FILES } from "../e2e/chapters/sample.js";
import { tasks } from "../e2e/chapters/tasks.js";
import { onAgentFleet } from "../support/e2e-agent.js";
import { conversation } from "./chapters/conversation.js";
import { cutOff } from "./chapters/cut-off.js";
import { killed } from "./chapters/killed.js";

/* The real Claude Code on two workers: their first day, and all that may happen to a run on its way. */

onAgentFleet(
  "agents at work on real VMs",
  FILES,
  (fleet, model) => {
    atWork(fleet, model);
    killed(fleet, model);
    conversation(fleet, model);
    cutOff(fleet, model);
  },
  { others: tasks },
);
