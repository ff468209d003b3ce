import { resolve } from "node:path";
import { isThere, readIfThere, realOrSame, writeWhole } from "../adapters/host/files.js";
import { thisHost } from "../adapters/lock/host.js";
import { StalePlanError, UsageError } from "../errors/errors.js";
import { PLAN_FORMAT, PLAN_VERSION, type Plan } from "../plan/document.js";
import { digestOf } from "../util/digest.js";
import type { Json } from "../util/json.js";
import { VERSION } from "../util/version.js";
import type { Fleet } from "./fleet.js";
import type { AppSession } from "./session.js";

/** What a saved plan's file is: the plan and a checksum, so that a cut or edited file is refused whole. */
interface SavedPlan {
  readonly plan: Plan;
  readonly digest: string;
}

/** Readable by the user alone: it holds paths and the whole spec. */
export async function writePlan(cwd: string, file: string, made: Plan): Promise<void> {
  const { host, hostId } = await thisHost().identify();
  const plan: Plan = { ...made, madeOn: { host, hostId } };
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
      `${file} was written by limaform ${saved.plan.engine} in format ${saved.plan.version}; this is ${VERSION} with format ${PLAN_VERSION}`,
      {
        hint: "plan anew: limaform plan --out FILE",
      },
    );
  }
  if (planDigest(saved.plan) !== saved.digest) throw unusable(file, "was changed after it was written");
  return saved.plan;
}

/**
 * The fleet that a saved plan is about, from the plan alone. An explicit LIMA_HOME that is another one is refused: the
 * user would look for the result there.
 *
 * Errors: STALE_OTHER_PLACE.
 */
export async function pinFleet(session: AppSession, plan: Plan): Promise<Fleet> {
  const { spec, madeOn, owner, ownerPath, host } = plan;
  const { hostId, host: here } = await thisHost().identify();
  if (madeOn !== undefined && madeOn.hostId !== hostId) {
    throw otherPlace(`it was made on the host ${madeOn.host}, and this is ${here}`);
  }
  const named = session.options.env.LIMA_HOME ?? "";
  const wanted = named === "" ? host.limaHome : await realOrSame(resolve(session.options.cwd, named));
  if (wanted !== host.limaHome) throw otherPlace(`it was made under LIMA_HOME=${host.limaHome}, and this is ${wanted}`);
  if ((await realOrSame(host.limaHome)) !== host.limaHome || !(await isThere(host.limaHome))) {
    throw otherPlace(`its LIMA_HOME is gone or leads elsewhere now: ${host.limaHome}`);
  }
  if (!(await isThere(ownerPath))) throw otherPlace(`the repository that it was made for is gone: ${ownerPath}`);
  if (spec === null) throw otherPlace("it holds no spec");
  return session.pin({ loaded: { spec, text: "", warnings: [] }, limaHome: host.limaHome, owner, ownerPath });
}

function otherPlace(why: string): StalePlanError {
  return new StalePlanError("STALE_OTHER_PLACE", `this plan cannot be applied here: ${why}`, {
    hint: "apply it where it was made, or plan anew: limaform plan --out FILE",
  });
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
