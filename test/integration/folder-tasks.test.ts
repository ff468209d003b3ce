import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ResultsDocument, RunDocument } from "../../src/app/app.js";
import { HOOK_LIMIT_MS, makeFolderWorld, type ProgramWorld } from "../support/program.js";

/* Task lists where no git is on the host's side: each task begins on the files that were brought. */

const LIMIT_MS = 180_000;

describe("task lists in files mode", () => {
  let world: ProgramWorld;
  beforeAll(async () => {
    world = makeFolderWorld({
      "src/a.txt": "a\n",
      "old.txt": "old\n",
      "odd \\ ü\n.txt": "odd\n",
      ".gitignore": "cache/\n",
    });
    await world.apply();
  }, HOOK_LIMIT_MS);
  afterAll(() => world?.close());
  beforeEach(() => world.configure({}));

  const inside = (script: string) => world.expect(0, "shell", "1", "--", "sh", "-c", script);
  const FILES = "find . -type f -not -path './cache/*' | sort; cat src/a.txt old.txt";
  const results = async () => (await world.json<ResultsDocument>(0, "results", "list")).results;
  const ran = async (code: number, script: string) =>
    JSON.parse(
      await world.expect(code, "run", "--json", "--tasks", "tasks.txt", "--", "sh", "-c", script),
    ) as RunDocument;

  it(
    "each begins on the files that were brought, and each result has the work of its task alone",
    async () => {
      world.write("tasks.txt", "one\ntwo\n");
      const brought = await inside(FILES);
      const run = await ran(
        0,
        'find . -path ./cache -prune -o -type f -print | sort; cat src/a.txt old.txt; echo "$LIMAFORM_TASK" >> src/a.txt; rm old.txt "$(ls odd*)"; mkdir -p made cache; echo x > "made/$LIMAFORM_TASK"; echo c >> cache/c; chmod +x src/a.txt',
      );
      expect(run.workers.map(({ task, state, files }) => [task, state, files])).toEqual([
        ["t1", "done", 4],
        ["t2", "done", 4],
      ]);
      for (const task of ["t1", "t2"]) {
        const told = await world.expect(0, "logs", "--run", `${run.run}/${task}`);
        expect(told).not.toContain("made");
        expect(told).toContain("./old.txt");
        const diff = await world.expect(0, "results", "diff", `${run.run}/${task}`);
        expect(diff).toContain(`+${task}`);
        expect(diff.match(/^\+t\d$/gmu)).toEqual([`+${task}`]);
      }
      // After the last one too; what the folder's own rules ignore is a cache and stays.
      expect((await inside(FILES)).replace("./tasks.txt\n", "")).toBe(brought);
      expect(await inside("cat cache/c; test -x src/a.txt || echo plain")).toBe("c\nc\nplain\n");
      expect(await results()).toHaveLength(2);
    },
    LIMIT_MS,
  );

  it(
    "saves first what nobody collected",
    async () => {
      world.write("tasks.txt", "one\ntwo\n");
      await inside("echo mine > mine.txt; echo more >> old.txt");
      const run = await ran(0, 'ls; cat old.txt; echo "$LIMAFORM_TASK" > made');
      for (const task of ["t1", "t2"]) {
        const told = await world.expect(0, "logs", "--run", `${run.run}/${task}`);
        expect(told).not.toMatch(/mine|more|made/u);
      }
      const [save] = (await world.json<ResultsDocument>(0, "results", "list")).saves;
      const diff = await world.expect(0, "results", "diff", save?.id ?? "");
      expect(diff).toContain("+mine");
      expect(diff).toContain("+more");
      expect(await inside("ls")).not.toContain("mine");
    },
    LIMIT_MS,
  );
});
