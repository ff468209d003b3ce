import { string as stringArgument } from "@oclif/core/args";
import { LimaformCommand } from "./base.js";
import { interval, intervalFlag, refuseJson, toggle } from "./flags.js";
import { signalExitCode } from "./verdicts.js";

export default class WatchBackCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Bring files back from a worker again and again, until Ctrl-C.";
  static override description =
    "Like sync-back with nobody to ask: harmless changes are written as they come, one line each with its time (UTC); what is flagged, deleted or in conflict is told once and waits for sync-back --review. With --live the worker's own file events start a look at once; the interval stays as the safety net. Ctrl-C finishes the pull that is under way. --quiet tells only what needs you.";
  static override readonly teaches = [
    { text: "A folder, every ten seconds", command: "limaform watch-back 1 src --interval 10s" },
    { text: "As it happens", command: "limaform watch-back 1 . --live" },
  ];
  static override args = {
    worker: stringArgument({ required: true, ignoreStdin: true, description: "Slot or name of the worker." }),
    paths: stringArgument({
      multiple: true,
      ignoreStdin: true,
      description: "Files or folders, from where you are (default: watch.default_paths).",
    }),
  };
  static override flags = {
    interval,
    live: toggle({ summary: "Look as soon as the worker tells of a change." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(WatchBackCommand);
    refuseJson(flags, "watch-back", "limaform watch-back W PATHS --events FILE");
    const session = await this.open(flags);
    const paths: unknown = args.paths;
    await session.app.watchBack({
      worker: args.worker,
      paths: Array.isArray(paths) ? paths.map(String) : [],
      intervalMs: intervalFlag(flags.interval),
      live: flags.live,
    });
    return signalExitCode(session.signal());
  }
}
