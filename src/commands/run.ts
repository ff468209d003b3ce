import { resolve } from "node:path";
import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import type { RunRequest } from "../app/app.js";
import { UsageError } from "../errors/errors.js";
import { renderRun } from "../views/human/run.js";
import { LimaformCommand } from "./base.js";
import { countFlag, limitFlag, toggle } from "./flags.js";
import { runExitCode } from "./verdicts.js";

/** More workers than this a project cannot have. */
const ALL_AT_ONCE = 500;

export default class RunCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override readonly afterDashes = "COMMAND";
  static override summary = "Put an agent, or a command, to work on workers, in parallel, and collect what comes back.";
  static override description =
    "It runs detached inside each worker, as a systemd unit, so that it survives a dropped connection, a closed laptop and a killed limaform. First the current code is pushed to workers without work of their own, and hooks.pre_run runs. Output is kept on the host per worker; commits and files are fetched into quarantine as results. After the agent hooks.check decides whether the work passed. Without --yolo an agent works in its safest unattended mode: nobody is asked, what it may not do is denied, and a run with denied tools is not passed (Claude Code edits files and denies most commands; Codex stays in its sandbox without network; Gemini has no shell; OpenCode denies commands). Workers are VMs of their own, so --yolo is what most want; while the network is open they still reach this host's loopback and local network. With --tasks FILE the workers take one task after another: each is collected as its own result RUN/TASK before the worker is taken back to the base of its code and takes the next; in a command {prompt} and {task} stand for the task's, and LIMAFORM_PROMPT and LIMAFORM_TASK too. The exit code is 0 only when all is done and passed.";
  static override readonly teaches = [
    { text: "An agent on all workers, with all permissions", command: "limaform run 'fix the failing tests' --yolo" },
    { text: "A long prompt from a file, on two workers", command: "limaform run --file TASK.md --workers 1-2 --yolo" },
    { text: "The tests, on all workers", command: "limaform run -- npm test" },
    { text: "On some, with a time limit", command: "limaform run --workers 1-3 --timeout 10m -- make lint" },
    { text: "Forty prompts on four workers, a branch each", command: "limaform run --tasks tasks.txt --yolo" },
    { text: "Then look at what came back", command: "limaform results list" },
  ];
  static override args = {
    prompt: stringArgument({
      ignoreStdin: true,
      description: "What the agent is to do. `-`, or none with something piped in: from standard input.",
    }),
  };
  static override flags = {
    file: string({ char: "f", helpValue: "FILE", summary: "Read the prompt from a file." }),
    agent: string({
      char: "a",
      helpValue: "NAME",
      summary: "claude, codex, gemini, opencode, or one of the spec's.",
      defaultHelp: "run.agent of the spec, else the first of agents",
    }),
    model: string({ helpValue: "NAME", summary: "Model that the agent uses.", defaultHelp: "the agent's choice" }),
    yolo: toggle({ summary: "Let the agent do everything in the worker without asking." }),
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
    template: string({
      helpValue: "NAME",
      summary: "The prompt is .limaform/prompts/NAME.md of the repository.",
      defaultHelp: "the prompt as given",
    }),
    var: string({
      helpValue: "NAME=VALUE",
      multiple: true,
      multipleNonGreedy: true,
      summary: "Stands for {{NAME}} in the template. Say it once for each.",
    }),
    output: string({
      helpValue: "DIR",
      summary: "Copy the output of each part to DIR/SLOT or DIR/TASK, as soon as it ended.",
      defaultHelp: "it is kept in the state folder",
    }),
    queue: toggle({ summary: "Wait until busy workers are free instead of being refused." }),
    label: string({ helpValue: "TEXT", summary: "What runs list calls it.", defaultHelp: "the command" }),
    continue: toggle({
      summary: "Run although results of an earlier run were not collected. One that is at work is never run beside.",
    }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunCommand);
    if (flags.tasks !== undefined && flags.detach) throw detachedTasks();
    if (flags.var !== undefined && flags.template === undefined) throw varAlone();
    const work = await this.readWork(args.prompt, flags);
    const request = {
      ...work,
      workers: flags.workers === undefined ? [] : [flags.workers],
      parallel: flags.parallel === undefined ? ALL_AT_ONCE : countFlag("--parallel", flags.parallel, 1),
      detach: flags.detach,
      timeoutMs: flags.timeout === undefined ? null : limitFlag("--timeout", flags.timeout),
      continue: flags.continue,
      queue: flags.queue,
      label: flags.label?.trim() || null,
    };
    const session = await this.open(flags);
    const tasks = flags.tasks === undefined ? null : await session.app.readTasks(flags.tasks);
    const given = { vars: flags.var ?? [], hasTasks: tasks !== null };
    const template = flags.template === undefined ? null : await session.app.readTemplate(flags.template, given);
    const filled = template === null ? {} : { prompt: template, isTemplate: true };
    const output = flags.output === undefined ? {} : { output: flags.output };
    const document = await session.app.run({ ...request, ...filled, ...output, tasks });
    session.print(document, (paint) => renderRun(document, paint));
    return runExitCode(document, session.signal());
  }

  /** A command after --, or a prompt from exactly one place. */
  private async readWork(typed: string | undefined, flags: PromptFlags): Promise<Work> {
    const argv = this.commandLine ?? [];
    if (argv.length > 0) {
      const given = [typed === undefined ? null : "a prompt", ...promptFlagsIn(flags)].find((word) => word !== null);
      if (given === undefined) return { agent: null, prompt: "", argv };
      throw new UsageError(
        "USAGE_UNEXPECTED_ARGUMENT",
        `limaform run takes ${given} or a command after --, not both.`,
        HINT,
      );
    }
    const isList = flags.tasks !== undefined;
    if (isList && (typed !== undefined || flags.file !== undefined)) {
      throw new UsageError("USAGE_UNEXPECTED_ARGUMENT", "limaform run takes a prompt or --tasks, not both.", HINT);
    }
    const isElsewhere = isList || flags.template !== undefined;
    if (flags.template !== undefined && (typed !== undefined || flags.file !== undefined)) {
      throw new UsageError("USAGE_UNEXPECTED_ARGUMENT", "limaform run takes a prompt or --template, not both.", HINT);
    }
    const prompt = isElsewhere ? "" : await this.readPrompt(typed, flags.file);
    if (prompt === null) {
      throw new UsageError("USAGE_MISSING_ARGUMENT", "limaform run needs a prompt, or a command after --.", HINT);
    }
    const { agent = null, model = null, yolo } = flags;
    return { agent: { name: agent, isYolo: yolo, model, conversation: null }, prompt, argv: [] };
  }

  private async readPrompt(typed: string | undefined, file: string | undefined): Promise<string | null> {
    if (typed !== undefined && file !== undefined) {
      throw new UsageError("USAGE_UNEXPECTED_ARGUMENT", "limaform run takes a prompt or --file, not both.", HINT);
    }
    if (file !== undefined && file !== "-") {
      const text = this.io.readText(resolve(this.io.cwd, file));
      if (text !== null) return text;
      throw new UsageError("USAGE_INVALID_VALUE", `--file: ${file} cannot be read.`, { hint: `look: ls -l ${file}` });
    }
    return typed === undefined || typed === "-" ? this.io.readInput() : typed;
  }
}

type Work = Pick<RunRequest, "agent" | "prompt" | "argv">;

interface PromptFlags {
  readonly template: string | undefined;
  readonly tasks: string | undefined;
  readonly file: string | undefined;
  readonly agent: string | undefined;
  readonly model: string | undefined;
  readonly yolo: boolean;
}

const HINT = { hint: "limaform run 'fix the failing tests' --yolo; or: limaform run -- COMMAND" };

const promptFlagsIn = ({ template, file, agent, model, yolo }: PromptFlags): readonly (string | null)[] => [
  template === undefined ? null : "--template",
  file === undefined ? null : "--file",
  agent === undefined ? null : "--agent",
  model === undefined ? null : "--model",
  yolo ? "--yolo" : null,
];

/** Somebody must give the next task out. */
function detachedTasks(): UsageError {
  const message = "A task list cannot be detached: the next task is begun by the limaform that follows.";
  const hint = "leave --detach out; if it is interrupted, it goes on with: limaform runs attach RUN";
  return new UsageError("USAGE_TASKS_DETACHED", message, { hint });
}

function varAlone(): UsageError {
  const message = "--var stands for a word of a template, and no --template is given.";
  return new UsageError("USAGE_UNEXPECTED_ARGUMENT", message, {
    hint: "name it: limaform run --template NAME --var …",
  });
}
