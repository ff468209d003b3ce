import { string } from "@oclif/core/args";
import type { Address } from "../resources/kind.js";
import { LimaformCommand } from "./base.js";
import { approveAndApply, planRequest } from "./flow.js";

export default class ForgetCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Let go of an instance without deleting it.";
  static override description =
    "The instance stays with all that is in it, as one of your own: limactl list has it, limaform touches it no more, and the disk it stands on is kept. The next plan makes another one at its address, under another name. It must be stopped, because its marks are rewritten. What was forgotten can be taken back with adopt. An image that is forgotten stays protected until limactl unprotect.";
  static override readonly teaches = [
    { text: "Keep worker 2 for yourself", command: "limaform stop 2 && limaform forget 'worker.default[2]'" },
    { text: "Take it back", command: "limaform adopt 'worker.default[2]' my-app-worker-2" },
  ];
  static override args = {
    address: string({ required: true, ignoreStdin: true, description: "Address as the plan shows it." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(ForgetCommand);
    const session = await this.open(flags);
    const intent = { kind: "forget", addresses: [args.address as Address] } as const;
    const plan = await session.app.plan(planRequest(intent, flags));
    return approveAndApply(session, { plan, isSaved: false, parallel: null });
  }
}
