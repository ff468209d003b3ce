import { EXIT } from "../errors/errors.js";
import { LimaformCommand } from "./base.js";
import { workersArgument } from "./flags.js";

export default class SshConfigCommand extends LimaformCommand {
  static override readonly group = "Workers";
  static override summary = "Print SSH configuration for other tools.";
  static override description =
    "One Host block for each worker, with the pinned host key and without agent forwarding. Editors and scp take it with -F or Include.";
  static override readonly teaches = [
    { text: "Into a file", command: "limaform ssh-config > ssh.cfg && ssh -F ssh.cfg lima-my-app-worker-1" },
  ];
  static override args = workersArgument("Workers to print. Default: all.");

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(SshConfigCommand);
    const session = await this.open(flags);
    const text = await session.app.sshConfig(args.workers ?? []);
    session.print({ format: "limaform.ssh-config", version: 1, text }, () =>
      text.endsWith("\n") ? text : `${text}\n`,
    );
    return EXIT.done;
  }
}
