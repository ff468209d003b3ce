import { EXIT, UsageError } from "../errors/errors.js";
import { renderStatus } from "../views/human/status.js";
import { watchView } from "../views/human/watch.js";
import { paintFor } from "../views/paint.js";
import { LimaformCommand } from "./base.js";
import { toggle, workersArgument } from "./flags.js";

export default class StatusCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "Show each worker: state, health, image, code, run.";
  static override description =
    "Asks every running worker over SSH what it holds that exists nowhere else: uncommitted files, commits that are not on this host, live runs. (stale) means that the next apply would replace it for a newer image; held, that limaform stop keeps it stopped. A worker that does not answer is shown as such.";
  static override readonly teaches = [
    { text: "All workers", command: "limaform status" },
    { text: "With the images", command: "limaform status --images" },
    { text: "How far the runs are, again and again", command: "limaform status --watch" },
  ];
  static override args = workersArgument("Workers to show. Default: all.");
  static override flags = {
    images: toggle({ summary: "Show the images too." }),
    watch: toggle({ summary: "Look again every 5 s until Ctrl-C." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(StatusCommand);
    if (flags.watch && flags.json) {
      throw new UsageError("USAGE_FOLLOW_JSON", "status --watch has no JSON.", { hint: "leave one of them out" });
    }
    const session = await this.open({ ...flags, quiet: flags.quiet || flags.watch });
    if (flags.watch) {
      const show = watchView(this.io.stdout);
      const plain = paintFor({ hasColour: false });
      return session.app.watchStatus(args.workers ?? [], (now) => show(renderStatus(now, flags.images, plain)));
    }
    const document = await session.app.status(args.workers ?? []);
    session.print(document, (paint) => renderStatus(document, flags.images, paint));
    return EXIT.done;
  }
}
