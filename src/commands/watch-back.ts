import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import { UsageError } from "../errors/errors.js";
import { LimaformCommand } from "./base.js";
import { durationFlag, toggle } from "./flags.js";
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
    interval: string({
      char: "i",
      helpValue: "TIME",
      summary: "Time between two looks: 30s, or a number of seconds.",
      defaultHelp: "watch.interval of the spec",
    }),
    live: toggle({ summary: "Look as soon as the worker tells of a change." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(WatchBackCommand);
    if (flags.json) {
      throw new UsageError("USAGE_FOLLOW_JSON", "watch-back has no single document to print with --json.", {
        hint: "to follow it by program: limaform watch-back W PATHS --events FILE",
      });
    }
    const session = await this.open(flags);
    const paths: unknown = args.paths;
    await session.app.watchBack({
      worker: args.worker,
      paths: Array.isArray(paths) ? paths.map(String) : [],
      intervalMs: flags.interval === undefined ? null : secondsOr(flags.interval),
      live: flags.live,
    });
    return signalExitCode(session.signal());
  }
}

/** A bare number is seconds, as in the spec. */
function secondsOr(text: string): number {
  return Math.max(1000, durationFlag("--interval", /^\d+$/u.test(text) ? `${text}s` : text));
}
