import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ApplyDocument, ImageDocument, RunDocument } from "../../src/app/app.js";
import type { Plan } from "../../src/plan/document.js";
import { HOOK_LIMIT_MS, makeProgramWorld, type ProgramWorld } from "../support/program.js";

const TABLES = `
[tools.custom.hello]
version = "1.4"
install = 'echo "hello 1.3" > ~/hello'
check = "cat ~/hello"

[agents.mine]
command = ["sh", "-c", '~/mine "$1"', "sh", "{prompt}"]
install = '''
#!/bin/sh
echo 'echo "did: $1"; echo "$1" >> made.txt' > ~/mine
chmod 755 ~/mine
'''
check = "test -x ~/mine && echo mine 0.7.2"
`;

describe("a tool and an agent of the spec's own", () => {
  let world: ProgramWorld;
  beforeAll(() => {
    world = makeProgramWorld("workers = 1\n", TABLES);
  });
  afterAll(() => world?.close());

  it(
    "stop the build where they are not what was asked for, go on after the mend, and are at work in the workers",
    async () => {
      const failed = await world.json<ApplyDocument>(1, "build", "--yes");
      const { id, error } = failed.steps.find(({ status }) => status === "failed") ?? {};
      expect(id).toMatch(/hello.*:image\.tools$/u);
      expect(error).toMatchObject({ code: "TOOL_CHECK_FAILED", hint: expect.stringContaining("tools.custom.hello") });
      world.edit("hello 1.3", "hello $VERSION");
      const plan = await world.json<Plan>(0, "plan");
      expect(plan.changes[0]?.reasons[0]?.text).toMatch(/^resume at step/u);
      await world.apply();
      const { record } = await world.json<ImageDocument>(0, "image", "show", "image.tools");
      const versions = record?.steps.map(({ name, version }) => [name.replace(/^.*-/u, ""), version]);
      expect(versions).toEqual(
        expect.arrayContaining([
          ["hello", "1.4"],
          ["mine", "0.7.2"],
        ]),
      );
      const run = await world.json<RunDocument>(0, "run", "fix 'it' $HOME");
      expect(run.workers).toMatchObject([{ slot: 1, agent: null, state: "done", commits: 1 }]);
      expect(await world.expect(0, "logs", "1")).toBe("did: fix 'it' $HOME\n");
    },
    2 * HOOK_LIMIT_MS,
  );
});
