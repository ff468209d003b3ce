import { string as stringArgument } from "@oclif/core/args";
import { string } from "@oclif/core/flags";
import type { BackConsentGiven, SyncBackDocument } from "../app/app.js";
import { UsageError } from "../errors/errors.js";
import { renderSyncBack } from "../views/human/sync-back.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";
import { requireYes } from "./flow.js";
import type { Session } from "./session.js";
import { syncBackExitCode } from "./verdicts.js";

export default class SyncBackCommand extends LimaformCommand {
  static override readonly group = "Work";
  static override summary = "Bring files that a worker changed back into your folder.";
  static override description =
    "What the worker changed since both sides last agreed is fetched into quarantine, checked, and written file by file. What you changed too is a conflict: both versions are kept and nothing is overwritten. Files that could run on this host (hooks, CI, package scripts, links, executables …), the spec and deletions wait for --review. Your git index, branches and hooks are not touched. --ignored brings what git ignores there (build output, logs), but what sync.from.exclude names; it comes by rsync into a private folder and through the same checks. The exit code is 1 where something is in conflict or refused.";
  static override readonly teaches = [
    { text: "What would come", command: "limaform sync-back 1 --dry-run" },
    { text: "What a build made, though git ignores it", command: "limaform sync-back 1 out --ignored" },
    { text: "One folder, then what waits", command: "limaform sync-back 1 src && limaform sync-back 1 --review" },
  ];
  static override args = {
    worker: stringArgument({ required: true, ignoreStdin: true, description: "Slot or name of the worker." }),
    paths: stringArgument({
      multiple: true,
      ignoreStdin: true,
      description: "Files or folders, from where you are (default: sync.from.default_paths).",
    }),
  };
  static override flags = {
    "dry-run": toggle({ summary: "Show it, write nothing.", char: "n" }),
    review: toggle({ summary: "Show what waits too and ask for it, on a terminal." }),
    delete: toggle({ summary: "Take deletions too, after their list was shown." }),
    ignored: toggle({
      summary: "The files that git ignores in the worker, instead of the others (needs rsync 3.4.3 here).",
    }),
    checksum: toggle({ summary: "Compare contents in the worker instead of sizes and times." }),
    allow: string({
      summary: "Kinds of change that could run on this host and are wanted all the same: build,scripts. Never spec.",
      helpValue: "CATEGORIES",
    }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(SyncBackCommand);
    const { worker, paths } = splitWords(args);
    const session = await this.open(flags);
    const dryRun = flags["dry-run"];
    const allow = (flags.allow ?? "").split(",").filter((word) => word !== "");
    let isDeclined = false;
    const document = await session.app.syncBack({
      worker,
      paths,
      dryRun,
      ...{ ignored: flags.ignored, checksum: flags.checksum },
      decide: async (offer) => {
        if (dryRun) return null;
        const consent = await askFor(session, offer, { allow, review: flags.review, deletions: flags.delete });
        isDeclined = consent === null;
        return consent;
      },
    });
    if (isDeclined) return syncBackExitCode(null);
    session.print(document, (paint) => renderSyncBack(document, paint));
    return syncBackExitCode(document);
  }
}

/** oclif gives a repeated argument as a list; the first word is the worker. */
function splitWords(args: { readonly worker: string; readonly paths?: unknown }) {
  const { worker, paths } = args;
  const list = Array.isArray(paths) ? paths.map(String) : paths === undefined ? [] : [String(paths)];
  return { worker, paths: list };
}

interface Wishes {
  readonly allow: readonly string[];
  readonly review: boolean;
  readonly deletions: boolean;
}

/** What the flags and a person agree to; null = declined, and then nothing is written. */
async function askFor(session: Session, offer: SyncBackDocument, wishes: Wishes): Promise<BackConsentGiven | null> {
  const plain = { allow: wishes.allow, deletions: false, reviewed: false };
  const waiting = offer.changes.filter(({ status }) => status === "waits");
  if (wishes.review && (waiting.length > 0 || offer.halted.length > 0)) {
    mustHaveTerminal(session);
    session.show((paint) => renderSyncBack({ ...offer, dryRun: true }, paint));
    const isYes = await session.confirm('Take all of this, what waits too? Only "yes" is taken for yes: ');
    if (!isYes) session.remark("Declined. Nothing was done.");
    return isYes ? { ...plain, deletions: true, reviewed: true } : null;
  }
  const deleted = waiting.filter(({ why }) => why === "delete");
  if (!wishes.deletions || deleted.length === 0) return plain;
  session.show((paint) => renderSyncBack({ ...offer, dryRun: true, changes: deleted }, paint));
  const what = deleted.length === 1 ? "A deletion" : `${deleted.length} deletions`;
  const isYes = await requireYes(session, { what, question: "Take the deletions too?" });
  return isYes ? { ...plain, deletions: true } : null;
}

/** Errors: USAGE_REVIEW_NEEDS_TERMINAL. */
function mustHaveTerminal(session: Session): void {
  if (session.runtime.isInteractive && !session.globals.json) return;
  throw new UsageError(
    "USAGE_REVIEW_NEEDS_TERMINAL",
    "--review asks a person, and nobody can be asked here. Nothing was done.",
    {
      hint: "on a terminal: limaform sync-back W --review; else by name: limaform sync-back W --allow CATEGORIES --delete --yes",
    },
  );
}
