import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { agentsAtWork } from "../e2e/chapters/agents-at-work.js";
import { FILES } from "../e2e/chapters/sample.js";
import { tasks } from "../e2e/chapters/tasks.js";
import { baseImageTable, type Fleet, makeFleet, PROJECT } from "../support/e2e.js";
import { registries } from "../support/registries.js";

/* The real Claude Code on two workers: an image with it in takes too long for every test run. */

describe("agents at work on real VMs", () => {
  let made: Fleet;
  beforeAll(async () => {
    made = await makeFleet(FILES);
    const { npm } = registries();
    const spec = `project = "${PROJECT}"
workers = 2

[vm]
cpus = 1
memory = "1GiB"
disk = "4GiB"
ca_certs = "host"

[tools]
mirror.npm = "${npm}"

[agents.claude]

[hooks]
post_sync = "true"
${await baseImageTable()}`;
    await writeFile(join(made.repository.root, "limaform.toml"), spec);
    await made.repository.commit("Ask for two workers with an agent");
    await made.expect(0, "trust", "--yes");
    await made.expect(0, "apply", "--yes");
  });
  afterAll(() => made?.close());

  agentsAtWork(() => made);
  tasks(() => made);
});
