import { string } from "@oclif/core/flags";
import type { LogsRequest } from "../app/app.js";
import { EXIT, UsageError } from "../errors/errors.js";
import { renderLines, renderLogs } from "../views/human/logs.js";
import { paintFor } from "../views/paint.js";
import { LimaformCommand } from "./base.js";
import { countFlag, durationFlag, toggle, workersArgument } from "./flags.js";

export default class LogsCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Show what runs said: the readable transcript, or the raw stream.";
  static override description =
    "Without --run: the last run of each worker. The transcript holds what a command printed, or what an agent said and which tools it used. Lines of several parts begin with the slot or task. Everything is escaped for the terminal, with --raw too. Output is brought here while the run goes on and stays here, also when the worker is gone. --json holds at most 2000 lines of each part.";
  static override readonly teaches = [
    { text: "What the last run on worker 2 said", command: "limaform logs 2" },
    { text: "Look on, from the last ten lines", command: "limaform logs --follow --tail 10" },
    { text: "One task, as the agent wrote it", command: "limaform logs --raw --run 20260101-120000-a1b2/t3" },
  ];
  static override args = workersArgument("Workers whose output to show. Default: all.");
  static override flags = {
    run: string({ helpValue: "RUN", summary: "A run, or RUN/SLOT, RUN/TASK.", defaultHelp: "the last of each worker" }),
    follow: toggle({ summary: "Go on until the runs are over.", char: "f" }),
    tail: string({ helpValue: "N", summary: "Only the last N lines of each.", defaultHelp: "all" }),
    since: string({ helpValue: "TIME", summary: "Only what came within this time: 10m, 2h.", defaultHelp: "all" }),
    raw: toggle({ summary: "The stream as the command or agent wrote it." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(LogsCommand);
    if (flags.json && flags.follow) {
      throw new UsageError("USAGE_FOLLOW_JSON", "logs --follow has no JSON.", { hint: "leave one of them out" });
    }
    const request = {
      workers: args.workers ?? [],
      run: flags.run ?? null,
      follow: flags.follow,
      tail: flags.tail === undefined ? null : countFlag("--tail", flags.tail, 0),
      sinceMs: flags.since === undefined ? null : durationFlag("--since", flags.since),
      isRaw: flags.raw,
    };
    const session = await this.open(flags);
    if (flags.json) {
      session.print(await session.app.logs(request), () => "");
      return EXIT.done;
    }
    const paint = paintFor(this.io.stdout);
    const onBatch: LogsRequest["onBatch"] = async (part, lines, count) => {
      this.io.stdout.write(renderLines(part, lines, { count, paint }));
      await this.io.stdout.drained();
    };
    const document = await session.app.logs({ ...request, onBatch });
    session.show((paint) => renderLogs(document, paint));
    return EXIT.done;
  }
}
