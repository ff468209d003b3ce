import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import { UsageError } from "../errors/errors.js";
import { renderRun } from "../views/human/run.js";
import { LimaformCommand } from "./base.js";
import { countFlag, durationFlag, toggle } from "./flags.js";
import { runExitCode } from "./verdicts.js";

/** More workers than this a project cannot have. */
const ALL_AT_ONCE = 500;

export default class RunCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override readonly hasCommandLine = true;
  static override summary = "Run a command on workers, in parallel, and collect what comes back.";
  static override description =
    "The command runs detached inside each worker, so that it survives a dropped connection. Its output is kept on the host per worker; commits and files that it leaves are fetched into quarantine as results. The exit code is 1 when it failed on any worker. With --tasks FILE the workers take one task after another: each is collected as its own result RUN/TASK before the worker is taken back to the base of its code and takes the next. In the command {prompt} and {task} stand for the task's; it finds them in LIMAFORM_PROMPT and LIMAFORM_TASK too.";
  static override readonly teaches = [
    { text: "The tests, on all workers", command: "limaform run -- npm test" },
    { text: "On some, with a time limit", command: "limaform run --workers 1-3 --timeout 10m -- make lint" },
    {
      text: "Forty prompts on four workers, a branch each",
      command: "limaform run --tasks tasks.txt -- my-agent {prompt}",
    },
    { text: "Then look at what came back", command: "limaform results list" },
  ];
  static override args = {
    prompt: stringArgument({
      ignoreStdin: true,
      description: "Prompt for an agent (not supported yet: use `-- COMMAND`).",
    }),
  };
  static override flags = {
    workers: string({
      char: "w",
      helpValue: "WORKERS",
      summary: "Slots or names: 1, 1-3, 1,4, all.",
      defaultHelp: "all",
    }),
    parallel: string({ helpValue: "N", summary: "On how many workers at a time.", defaultHelp: "all" }),
    detach: toggle({ summary: "Start it and return." }),
    timeout: string({
      helpValue: "TIME",
      summary: "Time limit on each worker.",
      defaultHelp: "run.timeout of the spec",
    }),
    tasks: string({
      helpValue: "FILE",
      summary: "Spread these over the workers: one prompt a line, or TOML.",
      defaultHelp: "the same command on each worker",
    }),
    queue: toggle({ summary: "Wait until busy workers are free instead of being refused." }),
    label: string({ helpValue: "TEXT", summary: "What runs list calls it.", defaultHelp: "the command" }),
    continue: toggle({ summary: "Run although results of an earlier run were not collected." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunCommand);
    const argv = this.commandLine ?? [];
    if (args.prompt !== undefined || argv.length === 0) throw needsCommand(args.prompt !== undefined);
    const request = {
      argv,
      workers: flags.workers === undefined ? [] : [flags.workers],
      parallel: flags.parallel === undefined ? ALL_AT_ONCE : countFlag("--parallel", flags.parallel, 1),
      detach: flags.detach,
      timeoutMs: flags.timeout === undefined ? null : durationFlag("--timeout", flags.timeout),
      continue: flags.continue,
      queue: flags.queue,
      label: flags.label ?? null,
    };
    if (flags.tasks !== undefined && flags.detach) throw detachedTasks();
    const session = await this.open(flags);
    const tasks = flags.tasks === undefined ? null : await session.app.readTasks(flags.tasks);
    const document = await session.app.run({ ...request, tasks });
    session.print(document, (paint) => renderRun(document, paint));
    return runExitCode(document, session.signal());
  }
}

/** Somebody must give the next task out. */
function detachedTasks(): UsageError {
  const message = "A task list cannot be detached: the next task is begun by the limaform that follows.";
  const hint = "leave --detach out; if it is interrupted, it goes on with: limaform runs attach RUN";
  return new UsageError("USAGE_TASKS_DETACHED", message, { hint });
}

function needsCommand(hasPrompt: boolean): UsageError {
  const hint = "limaform run -- COMMAND";
  if (!hasPrompt) return new UsageError("USAGE_MISSING_ARGUMENT", "limaform run needs a command after --.", { hint });
  return new UsageError("USAGE_NOT_SUPPORTED_YET", "Prompts for agents are not supported yet.", { hint });
}
