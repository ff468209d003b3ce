import { FILES } from "../e2e/chapters/sample.js";
import { onAgentFleet } from "../support/e2e-agent.js";
import { firstEvent } from "./chapters/first-event.js";

/* The bench `run` on a real VM, with a real systemd: what limaform adds up to the agent's first word. */

onAgentFleet("up to an agent's first event, on a real VM", FILES, firstEvent, { workers: 1 });
