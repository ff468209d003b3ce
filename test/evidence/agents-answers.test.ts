import { afterAll, beforeAll, describe } from "vitest";
import { FILES } from "../e2e/chapters/sample.js";
import type { Fleet } from "../support/e2e.js";
import { makeAgentFleet, withModel } from "../support/e2e-agent.js";
import { answers } from "./chapters/answers.js";

/* The real Claude Code on two workers, and a model that does not do as it should. */

describe("models that misbehave, on real VMs", () => {
  let made: Fleet;
  beforeAll(async () => {
    made = await makeAgentFleet(FILES);
  });
  afterAll(() => made?.close());

  withModel(
    () => made,
    (model) => answers(() => made, model),
  );
});
