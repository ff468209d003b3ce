import { resolve } from "node:path";
import { readIfThere } from "../adapters/host/files.js";
import { UsageError } from "../errors/errors.js";
import { readTaskLines, readTaskTables, type TaskInput, type TaskProblem } from "../runs/task-file.js";
import { narrow, parseToml } from "../spec/parse.js";
import type { AppSession } from "./session.js";

/** Tasks of a file: TOML where its name says so, else one prompt a line. */
export async function readTasks({ options }: AppSession, file: string): Promise<readonly TaskInput[]> {
  const text = await readIfThere(resolve(options.cwd, file));
  if (text === null) throw wrong(file, [{ place: "file", text: "there is no such file" }]);
  if (!file.endsWith(".toml")) return orThrow(file, readTaskLines(text));
  const parsed = parseToml(text);
  if (parsed.status === "syntax") throw wrong(file, [{ place: `line ${parsed.line}`, text: parsed.text }]);
  return orThrow(file, readTaskTables(narrow(parsed.tree)));
}

function orThrow(file: string, read: ReturnType<typeof readTaskLines>): readonly TaskInput[] {
  if (read.ok) return read.tasks;
  throw wrong(file, read.problems);
}

function wrong(file: string, problems: readonly TaskProblem[]): UsageError {
  const [first] = problems;
  const more = problems.length < 2 ? "" : ` (and ${problems.length - 1} more)`;
  return new UsageError("USAGE_TASKS_FILE", `${file}: ${first?.place}: ${first?.text}${more}`, {
    hint: "one prompt a line, or a .toml file of [[task]] tables with prompt, id and files: limaform help run",
    details: { file, problems: problems.map(({ place, text }) => ({ place, text })) },
  });
}
