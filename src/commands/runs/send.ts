import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import { renderRun } from "../../views/human/run.js";
import { LimaformCommand } from "../base.js";
import { limitFlag, toggle } from "../flags.js";
import { runExitCode } from "../verdicts.js";

export default class RunsSendCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Go on with the conversation of a worker's last run.";
  static override description =
    "The agent is told TEXT in the conversation that it had, on the tree that it left: no newer code comes in between. That is a run of its own, with its own output and result. The run before it must be over and collected. As with run, --yolo lets the agent do everything in the worker.";
  static override readonly teaches = [
    { text: "One more thing", command: "limaform runs send 2 'now add a test for it' --yolo" },
    { text: "What did it say?", command: "limaform runs send 2 'sum up what you changed'" },
  ];
  static override args = {
    worker: stringArgument({ required: true, ignoreStdin: true, description: "Slot or instance name." }),
    text: stringArgument({ required: true, ignoreStdin: true, description: "What the agent is told." }),
  };
  static override flags = {
    yolo: toggle({ summary: "Let the agent do everything in the worker without asking." }),
    detach: toggle({ summary: "Start it and return." }),
    timeout: string({ helpValue: "TIME", summary: "Time limit.", defaultHelp: "run.timeout of the spec" }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(RunsSendCommand);
    const timeoutMs = flags.timeout === undefined ? null : limitFlag("--timeout", flags.timeout);
    const session = await this.open(flags);
    const { worker, text } = args;
    const document = await session.app.send({ worker, text, isYolo: flags.yolo, detach: flags.detach, timeoutMs });
    session.print(document, (paint) => renderRun(document, paint));
    return runExitCode(document, session.signal());
  }
}
