import type { PlanRequest, Replanned } from "../app/app.js";
import { EXIT, PlanError, TrustError, UsageError } from "../errors/errors.js";
import type { Plan } from "../plan/document.js";
import type { Intent, PlanProblem } from "../resources/kind.js";
import { renderApply } from "../views/human/apply.js";
import { renderPlan } from "../views/human/plan.js";
import { renderTrust } from "../views/human/trust.js";
import type { Session } from "./session.js";
import { applyExitCode, hasChanges } from "./verdicts.js";

/* Plan, approval, apply: the one way of all commands that change something. */

export interface ApplyFlow {
  readonly plan: Plan;
  /** From a plan file: it was approved when it was written, and nothing is asked. */
  readonly isSaved: boolean;
  readonly parallel: number | null;
  /** Runs after the approval, under the lock, before the first step. */
  readonly before?: () => Promise<void>;
}

export function planRequest(intent: Intent, flags: PlanFlags): PlanRequest {
  return {
    intent,
    targets: flags.target ?? [],
    replaces: flags.replace ?? [],
    discardWork: flags["discard-work"] ?? [],
    writes: [flags.out, flags.events].filter((file) => file !== undefined),
  };
}

interface PlanFlags {
  readonly out?: string | undefined;
  readonly events?: string | undefined;
  readonly target?: readonly string[] | undefined;
  readonly replace?: readonly string[] | undefined;
  readonly "discard-work"?: readonly string[] | undefined;
}

/** Shows the plan, gets it approved, applies it, and shows what it came to. Returns the exit code. */
export async function approveAndApply(session: Session, flow: ApplyFlow): Promise<number> {
  const { plan } = flow;
  const isEmpty = !hasChanges(plan);
  const needsNoAnswer = flow.isSaved || isEmpty || session.globals.yes;
  if (!(session.globals.quiet && needsNoAnswer && plan.applicable)) {
    session.show((paint) => renderPlan(plan, session.command, paint));
  }
  if (!plan.applicable) return refuse(session, plan);
  if (!needsNoAnswer && !(await isApproved(session))) return EXIT.failed;
  const { ticker } = session.runtime;
  const startedMs = ticker.nowMs();
  let walked = plan;
  const document = await session.app.apply(plan, {
    parallel: flow.parallel,
    saved: flow.isSaved,
    verbose: session.globals.verbose,
    ...(flow.before === undefined ? {} : { before: flow.before }),
    ...(flow.isSaved ? {} : { replanned: replanned(session, (next) => (walked = next)) }),
  });
  if (document === null) return EXIT.failed;
  const elapsedMs = ticker.nowMs() - startedMs;
  session.print(document, (paint) =>
    isEmpty && document.verdict === "done" ? "" : renderApply(document, walked, elapsedMs, paint),
  );
  return applyExitCode(document, session.signal());
}

/** Something moved between the approval and the lock: the plan is shown anew, and asked for where somebody can answer. */
function replanned(session: Session, walk: (plan: Plan) => void): Replanned {
  const canAsk = !session.globals.yes && !session.globals.json && session.runtime.isInteractive;
  const approve = async (next: Plan): Promise<boolean> => {
    session.remark("Something moved since the plan was shown. What is to be done now:");
    session.show((paint) => renderPlan(next, session.command, paint));
    walk(next);
    return isApproved(session);
  };
  return {
    approve: canAsk ? approve : null,
    use: (next, left) => {
      walk(next);
      session.remark(
        left === "nothing"
          ? "Somebody else did it meanwhile: nothing is left to do."
          : "Part of it was done meanwhile; the rest of what was approved is done now.",
      );
    },
  };
}

/** Errors: USAGE_APPROVAL_NEEDED where nobody can be asked. */
async function isApproved(session: Session): Promise<boolean> {
  if (session.globals.json || !session.runtime.isInteractive) {
    const why = session.globals.json ? "--json never asks" : "there is no terminal to ask on";
    throw new UsageError("USAGE_APPROVAL_NEEDED", `The plan needs approval, and ${why}. Nothing was done.`, {
      hint: `look at the plan, then: limaform ${session.command} … --yes, or limaform plan --out FILE and limaform apply FILE`,
    });
  }
  const isYes = await session.confirm('Do this? Only "yes" is taken for yes: ');
  if (!isYes) session.remark("Declined. Nothing was done.");
  return isYes;
}

/**
 * A yes for what is no plan: `--yes`, or typed.
 *
 * Errors: USAGE_APPROVAL_NEEDED where nobody can be asked.
 */
export async function requireYes(
  session: Session,
  { what, question }: { readonly what: string; readonly question: string },
): Promise<boolean> {
  if (session.globals.yes) return true;
  if (session.globals.json || !session.runtime.isInteractive) {
    const why = session.globals.json ? "--json never asks" : "there is no terminal to ask on";
    throw new UsageError("USAGE_APPROVAL_NEEDED", `${what} needs your word, and ${why}. Nothing was done.`, {
      hint: `if you are sure: limaform ${session.command} --yes`,
    });
  }
  const isYes = await session.confirm(`${question} Only "yes" is taken for yes: `);
  if (!isYes) session.remark("Declined. Nothing was done.");
  return isYes;
}

/**
 * The plan; where it needs trust in files outside the repository and a person is there, that is asked first. `--yes` never
 * means this.
 *
 * Errors: TRUST_REQUIRED.
 */
export async function planTrusted(session: Session, request: PlanRequest): Promise<Plan> {
  try {
    return await session.app.plan(request);
  } catch (error) {
    const mayAsk = session.runtime.isInteractive && !session.globals.json;
    if (!(error instanceof TrustError) || !mayAsk) throw error;
    const wanted = await session.app.trust();
    session.show((paint) => renderTrust(wanted, paint));
    if (!(await session.confirm('Trust this repository with them? Only "yes" is taken for yes: '))) throw error;
    await session.app.changeTrust("grant");
    return session.app.plan(request);
  }
}

/** With `--json` the refusal is an error document; otherwise the plan that was shown says it all. */
function refuse(session: Session, plan: Plan): number {
  if (session.globals.json) throw notApplicable(plan.errors);
  return EXIT.failed;
}

export function notApplicable(errors: readonly PlanProblem[]): PlanError {
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more: see details)` : "";
  const text = `The plan cannot be applied: ${first?.text ?? "it has errors"}${more}`;
  return new PlanError(first?.code ?? "PLAN_NOT_APPLICABLE", text, {
    hint: first?.hint ?? "limaform plan",
    details: { errors: errors.map((problem) => ({ ...problem })) },
  });
}
