import { afterAll, beforeAll, describe } from "vitest";
import { atWork } from "../e2e/chapters/agents-at-work.js";
import { FILES } from "../e2e/chapters/sample.js";
import { tasks } from "../e2e/chapters/tasks.js";
import type { Fleet } from "../support/e2e.js";
import { makeAgentFleet, withModel } from "../support/e2e-agent.js";
import { cutOff } from "./chapters/cut-off.js";

/* The real Claude Code on two workers: their first day, and all that may happen to a run on its way. */

describe("agents at work on real VMs", () => {
  let made: Fleet;
  beforeAll(async () => {
    made = await makeAgentFleet(FILES);
  });
  afterAll(() => made?.close());

  withModel(
    () => made,
    (model) => {
      atWork(() => made, model);
      cutOff(() => made, model);
    },
  );
  tasks(() => made);
});
