import { LimaformCommand } from "./base.js";
import { discardWork, workersArgument } from "./flags.js";
import { approveAndApply, planRequest } from "./flow.js";

export default class StopCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "Stop workers and keep them stopped.";
  static override description =
    "A stopped worker is held: apply does not start it and drift does not report it, until start. Work that exists nowhere else is saved first (results list), because a stopped worker cannot be asked. Workers are named by slot (1, 1-3, 1,4, all) or by instance name.";
  static override readonly teaches = [
    { text: "Stop worker 2", command: "limaform stop 2" },
    { text: "Stop all", command: "limaform stop" },
  ];
  static override args = workersArgument("Workers to stop. Default: all.");
  static override flags = { "discard-work": discardWork };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(StopCommand);
    const session = await this.open(flags);
    const workers = await session.app.resolveWorkers(args.workers ?? ["all"]);
    const intent = { kind: "stop", addresses: workers.map((worker) => worker.address) } as const;
    const plan = await session.app.plan(planRequest(intent, flags));
    return approveAndApply(session, { plan, isSaved: false, parallel: null });
  }
}
