import type { HeldLock } from "../app/app.js";
import { EXIT } from "../errors/errors.js";
import { renderLocks, renderUnlocked } from "../views/human/locks.js";
import { LimaformCommand } from "./base.js";
import { requireYes } from "./flow.js";

export default class UnlockCommand extends LimaformCommand {
  static override readonly group = "limaform";
  static override summary = "Release locks whose holder is gone.";
  static override description =
    "Shows who holds the project's lock and the leases of its workers. A holder that has ended on this host is released at once (the next apply would do the same). Where nobody can tell (another host, a container, a lock that a newer limaform wrote) you are asked, or say --yes: make sure that it has ended, because two at work on one fleet damage it. A holder that is alive on this host is never released: end that process, and it gives the lock back itself.";
  static override readonly teaches = [
    { text: "Who holds it, and release what is dead", command: "limaform unlock" },
    { text: "The host that held it is gone for good", command: "limaform unlock --yes" },
  ];

  override async run(): Promise<number> {
    const { flags } = await this.parse(UnlockCommand);
    const session = await this.open(flags);
    const found = await session.app.locks();
    session.show((paint) => renderLocks(found, paint));
    const chosen: readonly HeldLock[] = found.locks;
    if (chosen.some(({ liveness }) => liveness === "unknown")) {
      const isYes = await requireYes(session, {
        what: "A lock whose holder may be alive",
        question: "Release it although its holder may be alive?",
      });
      if (!isYes) return EXIT.failed;
    }
    const released = await session.app.unlock(chosen);
    session.print(released, () => renderUnlocked(released));
    return EXIT.done;
  }
}
