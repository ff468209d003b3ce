import { resolve } from "node:path";
import { readIfThere, writeWhole } from "../adapters/host/files.js";
import { StalePlanError, UsageError } from "../errors/errors.js";
import { PLAN_FORMAT, PLAN_VERSION, type Plan } from "../plan/document.js";
import { digestOf } from "../util/digest.js";
import type { Json } from "../util/json.js";
import { VERSION } from "../util/version.js";

/** What a saved plan's file is: the plan and a checksum, so that a cut or edited file is refused whole. */
interface SavedPlan {
  readonly plan: Plan;
  readonly digest: string;
}

/** Readable by the user alone: it holds paths and the whole spec. */
export async function writePlan(cwd: string, file: string, plan: Plan): Promise<void> {
  const saved: SavedPlan = { plan, digest: planDigest(plan) };
  await writeWhole(resolve(cwd, file), `${JSON.stringify(saved, null, 2)}\n`, 0o600);
}

export const planDigest = (plan: Plan): string => digestOf(plan as unknown as Json);

/**
 * Errors: USAGE_PLAN_FILE (absent, no plan, cut, changed by hand), STALE_OTHER_VERSION (of another version of limaform).
 */
export async function readPlan(cwd: string, file: string): Promise<Plan> {
  const text = await readIfThere(resolve(cwd, file));
  if (text === null) throw unusable(file, "does not exist");
  const saved = parse(text);
  if (saved === null || saved.plan.format !== PLAN_FORMAT)
    throw unusable(file, "is not a plan of limaform, or was cut off");
  if (saved.plan.version !== PLAN_VERSION || saved.plan.engine !== VERSION) {
    throw new StalePlanError(
      "STALE_OTHER_VERSION",
      `${file} was written by limaform ${saved.plan.engine}; this is ${VERSION}`,
      {
        hint: "plan anew: limaform plan --out FILE",
      },
    );
  }
  if (planDigest(saved.plan) !== saved.digest) throw unusable(file, "was changed after it was written");
  return saved.plan;
}

function parse(text: string): SavedPlan | null {
  try {
    const value: unknown = JSON.parse(text);
    const isSaved =
      typeof value === "object" &&
      value !== null &&
      "plan" in value &&
      "digest" in value &&
      typeof value.plan === "object" &&
      value.plan !== null;
    return isSaved ? (value as SavedPlan) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function unusable(file: string, why: string): UsageError {
  return new UsageError("USAGE_PLAN_FILE", `the plan file ${file} ${why}`, {
    hint: "write one with: limaform plan --out FILE",
  });
}
