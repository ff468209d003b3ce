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
    "begins also on files that git was told not to look at as they were brought",
    async () => {
      world.write("tasks.txt", "one\ntwo\n");
      const hide =
        'for g in ~/.limaform/*.git; do git --git-dir="$g" --work-tree=. update-index --skip-worktree old.txt; done';
      const run = await ran(0, `cat old.txt; echo hidden > old.txt; ${hide} 2>/dev/null; true`);
      for (const task of ["t1", "t2"]) {
        expect(await world.expect(0, "logs", "--run", `${run.run}/${task}`)).not.toContain("hidden");
        expect(await world.expect(0, "results", "diff", `${run.run}/${task}`)).toContain("+hidden");
      }
      expect(await inside("cat old.txt")).toBe("old\n");
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

  it(
    "goes on in a new worker where a task made a repository in the folder",
    async () => {
      world.write("tasks.txt", "one\ntwo\n");
      const script =
        'echo "$LIMAFORM_TASK" > made; [ "$LIMAFORM_TASK" = t2 ] || { git init -q inner; echo i > inner/i; }';
      const { code, stdout, stderr } = await world.run(["run", "--tasks", "tasks.txt", "--", "sh", "-c", script]);
      expect(code).toBe(1);
      const warned =
        /worker 1 takes no further task: .*git repository that was made inside its folder; .*: limaform (?<replace>.*) && limaform (?<attach>runs attach \S+)/u;
      const { replace = "", attach = "" } = warned.exec(stdout + stderr)?.groups ?? {};
      expect(replace).toBe("apply --replace 'worker.default[1]'");
      await world.expect(0, "apply", "--yes", "--replace", "worker.default[1]");
      await world.expect(0, ...attach.split(" "));
      const run = attach.split(" ").at(-1) ?? "";
      const diffs = await Promise.all(["t1", "t2"].map((task) => world.expect(0, "results", "diff", `${run}/${task}`)));
      expect(diffs.map((diff) => diff.match(/^\+t\d$/gmu))).toEqual([["+t1"], ["+t2"]]);
      const { saves } = await world.json<ResultsDocument>(0, "results", "list");
      expect(saves.flatMap(({ refs }) => refs.map(({ name }) => name))).toContain("inner: files");
    },
    LIMIT_MS,
  );
});
