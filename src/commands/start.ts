import { LimaformCommand } from "./base.js";
import { workersArgument } from "./flags.js";
import { approveAndApply, planRequest } from "./flow.js";

export default class StartCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "Start workers that stop holds.";
  static override description =
    "Ends the hold of stop and starts the workers. Workers are named by slot (1, 1-3, 1,4, all) or by instance name.";
  static override readonly teaches = [
    { text: "Start workers 1 to 3", command: "limaform start 1-3" },
    { text: "Start all", command: "limaform start" },
  ];
  static override args = workersArgument("Workers to start. Default: all.");

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(StartCommand);
    const session = await this.open(flags);
    const workers = await session.app.resolveWorkers(args.workers ?? ["all"]);
    const intent = { kind: "start", addresses: workers.map((worker) => worker.address) } as const;
    const plan = await session.app.plan(planRequest(intent, {}));
    return approveAndApply(session, { plan, isSaved: false, parallel: null });
  }
}
