import type { ResultDiffDocument } from "./app.js";
import { diffSave, isSave } from "./saves.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 5 * 60_000;

/** The changes of a result as text, made without the user's or the worker's git configuration. */
export async function resultDiff(
  session: AppSession,
  id: string,
  paths: readonly string[],
): Promise<ResultDiffDocument> {
  const fleet = await session.fleet();
  const options = { signal: session.interrupt.first, timeoutMs: LIMIT_MS };
  const { text, isCut } = isSave(id)
    ? await diffSave(fleet, id, paths, options)
    : await fleet.results.diff(id, paths, options);
  return { format: "limaform.result-diff", version: 1, result: id, paths, text, isCut };
}
