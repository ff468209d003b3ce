import { string } from "@oclif/core/args";
import { UsageError } from "../errors/errors.js";
import type { Address, Intent } from "../resources/kind.js";
import { LimaformCommand } from "./base.js";
import { toggle } from "./flags.js";
import { approveAndApply, planRequest } from "./flow.js";

export default class AdoptCommand extends LimaformCommand {
  static override readonly group = "Fleet";
  static override summary = "Take over instances that limaform once made.";
  static override description =
    "With --all: the repository moved, so its fleet carries another owner; every instance of this project is taken over. With ADDR and INSTANCE: one that forget let go, or a copy of a worker that somebody made with limactl clone or rename. Only marks are written, and only into stopped instances, because Lima edits no other: stop them with limactl stop NAME. What limaform never made is never adopted. The plan is shown and asked for like every other; cut off half-way, the same command does the rest. What was adopted is the fleet's again: the next plan shows what the spec makes of it.";
  static override readonly teaches = [
    { text: "The repository moved here, the fleet is still there", command: "limaform adopt --all" },
    { text: "A copied worker becomes worker 2", command: "limaform adopt 'worker.default[2]' my-copy" },
  ];
  static override args = {
    address: string({ ignoreStdin: true, description: "Address that the instance is to have: worker.default[2]." }),
    instance: string({ ignoreStdin: true, description: "Instance, as limactl list names it." }),
  };
  static override flags = {
    all: toggle({ summary: "Everything of this project that carries another owner." }),
  };

  override async run(): Promise<number> {
    const { args, flags } = await this.parse(AdoptCommand);
    const intent = intentOf(flags.all, args);
    const session = await this.open(flags);
    const plan = await session.app.plan(planRequest(intent, flags));
    return approveAndApply(session, { plan, isSaved: false, parallel: null });
  }
}

interface Typed {
  readonly address?: string | undefined;
  readonly instance?: string | undefined;
}

/** Errors: USAGE_MISSING_ARGUMENT, USAGE_UNEXPECTED_ARGUMENT. */
function intentOf(isAll: boolean, { address, instance }: Typed): Intent {
  const hint = "limaform help adopt";
  if (isAll && address !== undefined) {
    throw new UsageError("USAGE_UNEXPECTED_ARGUMENT", "limaform adopt --all takes no address: it is everything.", {
      hint,
    });
  }
  if (isAll) return { kind: "adopt-all" };
  if (address !== undefined && instance !== undefined) return { kind: "adopt", address: address as Address, instance };
  throw new UsageError("USAGE_MISSING_ARGUMENT", "limaform adopt needs ADDRESS and INSTANCE, or --all.", { hint });
}
