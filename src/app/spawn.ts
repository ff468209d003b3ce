import { readIfThere, writeWhole } from "../adapters/host/files.js";
import { StalePlanError, UsageError } from "../errors/errors.js";
import { editWorkers } from "../spec/index.js";
import { loadSpec } from "./load-spec.js";
import type { AppSession } from "./session.js";

/**
 * The change of `workers` in the spec, comments and layout kept. Nothing is written until `apply` is called, and then
 * only if the file is still what it was.
 *
 * Errors: USAGE_SHRINK, STALE_SPEC.
 */
export async function spawnEdit(session: AppSession, count: number, shrink: boolean) {
  // Without the flag that stands for the wanted number: what the file says today.
  const { spec, text } = await loadSpec({ ...session, options: { ...session.options, specFlags: {} } });
  const original = Number(spec.values.workers);
  if (count < original && !shrink) {
    throw new UsageError("USAGE_SHRINK", `there are ${original} workers; ${count} would remove ${original - count}`, {
      hint: `if that is meant: limaform spawn ${count} --shrink`,
    });
  }
  const edited = editWorkers(text, count);
  return {
    before: original,
    apply: async () => {
      if (edited === text) return;
      if ((await readIfThere(spec.file)) !== text) {
        throw new StalePlanError("STALE_SPEC", `${spec.file} was changed meanwhile`, { hint: "run the command again" });
      }
      await writeWhole(spec.file, edited, 0o644);
    },
  };
}
