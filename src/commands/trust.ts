import { EXIT } from "../errors/errors.js";
import { renderTrust, renderTrusted } from "../views/human/trust.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";
import { requireYes } from "./flow.js";

export default class TrustCommand extends LimaformCommand {
  static override readonly group = "limaform";
  static override summary = "Let this repository's spec use files outside it.";
  static override description =
    "A spec comes with the repository, so whoever can commit to it could make limaform read any file of yours. Files outside the repository (vm.image: location, kernel, initrd) are therefore used only after you said so, here or when apply asks. The trust is for exactly these files in exactly this repository, is kept in your own configuration (limaform/trust.json under XDG_CONFIG_HOME), and ends when the spec names others. What you set yourself by flags or environment needs none.";
  static override readonly teaches = [
    { text: "See what the spec wants, and decide", command: "limaform trust" },
    { text: "Without a terminal (CI)", command: "limaform trust --yes" },
    { text: "Not any more", command: "limaform trust --revoke" },
  ];
  static override flags = {
    revoke: toggle({ summary: "Take back all that this repository was trusted with." }),
  };

  override async run(): Promise<number> {
    const { flags } = await this.parse(TrustCommand);
    const session = await this.open(flags);
    if (flags.revoke) {
      const now = await session.app.changeTrust("revoke");
      session.print(now, () => "This repository is trusted with nothing outside it any more.\n");
      return EXIT.done;
    }
    const wanted = await session.app.trust();
    if (wanted.trusted) {
      session.print(wanted, (paint) => renderTrusted(wanted, paint));
      return EXIT.done;
    }
    // With --yes the list comes once, as what is trusted now.
    if (!flags.yes) session.show((paint) => renderTrust(wanted, paint));
    const isYes = await requireYes(session, { what: "Trust", question: "Trust this repository with them?" });
    if (!isYes) return EXIT.failed;
    const now = await session.app.changeTrust("grant");
    session.print(now, (paint) => renderTrusted(now, paint));
    return EXIT.done;
  }
}
