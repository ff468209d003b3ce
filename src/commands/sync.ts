import { string as stringArgument } from "@oclif/core/args";
import { boolean } from "@oclif/core/flags";
import type { SyncDocument, SyncRequest } from "../app/app.js";
import { EXIT, UsageError } from "../errors/errors.js";
import { renderSync, renderSyncGone } from "../views/human/sync.js";
import { LimaformCommand } from "./base.js";
import { interval, intervalFlag, refuseJson, toggle } from "./flags.js";
import { requireYes } from "./flow.js";
import type { Session } from "./session.js";
import { signalExitCode, syncExitCode } from "./verdicts.js";

export default class SyncCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override readonly afterDashes = "PATHS";
  static override summary = "Bring the code into workers now, without an apply.";
  static override description =
    'In git mode a worker gets HEAD and the uncommitted files; where it has work of its own, the objects wait there as refs/limaform/incoming and nothing else is touched (exit 1, "diverged"). With repo.mode = "files" rsync brings the files as they lie there, or PATHS of them; what the worker made itself is never removed. Words that are workers (1, 1-3, all, instance names) choose workers, all others are paths; after -- all are paths. With --watch changes here go in as they happen, one line for each push; the interval is the safety net. What stands in the way of a push is told once; --delete removes as an apply does, never many files at once; Ctrl-C finishes the push that is under way.';
  static override readonly teaches = [
    { text: "The code into all workers", command: "limaform sync" },
    { text: "What would be done, file by file", command: "limaform sync 1 --dry-run" },
    { text: "As you write", command: "limaform sync --watch" },
    { text: "In files mode: one folder, and remove what is gone here", command: "limaform sync 1-3 src --delete" },
  ];
  static override args = {
    words: stringArgument({
      multiple: true,
      ignoreStdin: true,
      description: "Workers and paths. Default: all of both.",
    }),
  };
  static override flags = {
    "dry-run": boolean({ char: "n", default: false, summary: "Say what would be done, file by file, and do nothing." }),
    delete: toggle({ summary: "Remove in workers what limaform brought and is gone here; the list is shown first." }),
    checksum: toggle({ summary: "Compare contents instead of size and time (files mode)." }),
    watch: boolean({
      default: false,
      exclusive: ["dry-run"],
      summary: "Bring in what changes here as it happens, until Ctrl-C.",
    }),
    interval,
    compress: toggle({ summary: "Compress on the way; of no use for machines on this host (files mode)." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(SyncCommand);
    if (flags.watch) refuseJson(flags, "sync --watch", "limaform sync --watch --events FILE");
    else if (flags.interval !== undefined) throw intervalAlone();
    const session = await this.open(flags);
    const typed = { words: args.words ?? [], paths: this.commandLine ?? [] };
    if (flags.watch) {
      const { checksum, compress, delete: deletes } = flags;
      const intervalMs = intervalFlag(flags.interval);
      await session.app.watchSync({ ...typed, checksum, compress, deletes, intervalMs });
      return signalExitCode(session.signal());
    }
    const request: SyncRequest = {
      ...typed,
      ...{ dryRun: flags["dry-run"], checksum: flags.checksum, compress: flags.compress },
      deletes: flags.delete && flags["dry-run"] ? "all" : null,
    };
    const document =
      flags.delete && !flags["dry-run"] ? await withConsent(session, request) : await session.app.sync(request);
    if (document === null) return EXIT.failed;
    session.print(document, (paint) => renderSync(document, paint));
    return syncExitCode(document, session.signal());
  }
}

function intervalAlone(): UsageError {
  return new UsageError("USAGE_INVALID_FLAG", "--interval is the time between two looks of --watch.", {
    hint: "limaform sync --watch --interval 30s",
  });
}

/** The list first; then only what was on it goes. null: declined. Errors: USAGE_APPROVAL_NEEDED without a terminal. */
async function withConsent(session: Session, request: SyncRequest): Promise<SyncDocument | null> {
  const preview = await session.app.sync({ ...request, dryRun: true, deletes: "all" });
  const count = preview.workers.reduce((sum, { gone }) => sum + gone.length, 0);
  if (count > 0) {
    session.show((paint) => renderSyncGone(preview, paint));
    const what = `The removal of ${count} files from workers`;
    if (!(await requireYes(session, { what, question: "Remove these files from the workers?" }))) return null;
  }
  const deletes = Object.fromEntries(preview.workers.map(({ instance, gone }) => [instance, gone]));
  return session.app.sync({ ...request, deletes });
}
