import { string } from "@oclif/core/flags";
import { EXIT } from "../../errors/errors.js";
import { renderPrune } from "../../views/human/prune.js";
import { LimaformCommand } from "../base.js";
import { countFlag, toggle } from "../flags.js";
import { notApplicable, requireYes } from "../flow.js";
import { applyExitCode } from "../verdicts.js";

export default class ImagePruneCommand extends LimaformCommand {
  static override readonly group = "Images";
  static override summary = "Remove old images, base disks and downloads that nothing needs.";
  static override description =
    "Shows what goes and how many bytes it takes, asks, and removes: images of this project that nothing descends from, older than the one that the spec wants; base disks that no disk stands on; cached downloads of tools and agents that nobody used for 30 days. Unlike apply it does not heed image.keep: say --keep for images to go back to. What anything was cloned from stays, copies by hand too, and while something cannot be read, so do all images. The cache of downloads is shared by all projects of yours. Lima's own cache of base images is emptied by limactl prune.";
  static override readonly teaches = [
    { text: "What would go", command: "limaform image prune --dry-run" },
    { text: "Keep one older image to go back to", command: "limaform image prune --keep 1" },
    { text: "All cached downloads too, without being asked", command: "limaform image prune --all --yes" },
  ];
  static override flags = {
    "dry-run": toggle({ summary: "Only show what would go." }),
    keep: string({ helpValue: "N", summary: "How many older golden images stay.", default: "0" }),
    all: toggle({ summary: "All cached downloads, not only those of no use for 30 days." }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(ImagePruneCommand);
    const session = await this.open(flags);
    const request = {
      keep: countFlag("--keep", flags.keep, 0),
      allDownloads: flags.all,
      writes: flags.events === undefined ? [] : [flags.events],
    };
    const { plan, document } = await session.app.prunable(request);
    if (!plan.applicable) throw notApplicable(plan.errors);
    const isNothing = document.images.length + document.bases.length + document.downloads.files === 0;
    if (flags["dry-run"] || isNothing) {
      session.print(document, (paint) => renderPrune(document, plan.notes, paint));
      return EXIT.done;
    }
    session.show((paint) => renderPrune(document, plan.notes, paint));
    if (!(await requireYes(session, { what: "Removing this", question: "Remove this?" }))) return EXIT.failed;
    const done = await session.app.prune(request, plan);
    session.print(done, (paint) => renderPrune(done, [], paint));
    return done.apply === null ? EXIT.failed : applyExitCode(done.apply, session.signal());
  }
}
