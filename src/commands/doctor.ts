import { EXIT } from "../errors/errors.js";
import { renderDoctor } from "../views/human/doctor.js";
import { LimaformCommand } from "./base.js";

export default class DoctorCommand extends LimaformCommand {
  static override readonly group = "limaform";
  static override summary = "Say what is missing on this machine, and how to get it.";
  static override description =
    "Looks at the programs that limaform needs, at this machine (KVM is really tried, once per boot), at LIMA_HOME and your own Lima defaults, and at the spec and repository here, if there are any. Each line is ok, warning or missing, with the reason and the next command for this system. Nothing is changed or installed. Exit code 1 when something required is missing.";
  static override readonly teaches = [
    { text: "Before the first plan, and whenever something is odd", command: "limaform doctor" },
    { text: "For a script", command: "limaform doctor --json" },
  ];

  override async run(): Promise<number> {
    const { flags } = await this.parse(DoctorCommand);
    const session = await this.open(flags);
    const document = await session.app.doctor();
    session.print(document, (paint) => renderDoctor(document, paint));
    return document.ready ? EXIT.done : EXIT.failed;
  }
}
