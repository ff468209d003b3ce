import { DELETIONS } from "../adapters/git/accept-folder.js";
import { realOrSame } from "../adapters/host/files.js";
import { checkAllowed } from "./allow.js";
import type { AcceptedResult, ResultDocument, ResultsDocument, SaveDocument } from "./app.js";
import { collectPending } from "./collect.js";
import { withQuarantine } from "./lease.js";
import { acceptSave, discardSave, isSave, showSave } from "./saves.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 10 * 60_000;

export async function listResults(session: AppSession): Promise<ResultsDocument> {
  const fleet = await session.fleet();
  const uncollected = await collectPending(session, fleet);
  return {
    format: "limaform.results",
    version: 1,
    results: await fleet.results.list(),
    saves: await fleet.saves.list(),
    uncollected,
  };
}

export async function showResult(session: AppSession, id: string): Promise<ResultDocument | SaveDocument> {
  if (isSave(id)) return showSave(session, id);
  const fleet = await session.fleet();
  return { format: "limaform.result", version: 1, ...(await fleet.results.show(id)) };
}

/** A branch in the user's repository; nothing is checked out, no hook runs. In files mode the files themselves. */
export async function acceptResult(
  session: AppSession,
  id: string,
  { keepCommits, allow }: { readonly keepCommits: boolean; readonly allow: readonly string[] },
): Promise<AcceptedResult> {
  checkAllowed(allow, [DELETIONS]);
  if (isSave(id)) return acceptSave(session, id, allow);
  const fleet = await session.fleet();
  const top = await fleet.repositoryRoot();
  const root = await realOrSame(top ?? fleet.loaded.spec.root);
  const { result } = await fleet.results.show(id);
  return withQuarantine(session, fleet, result.instance, () =>
    fleet.results.accept(
      { id, root, isRepository: top !== null, keepCommits, allow },
      { signal: session.interrupt.second, timeoutMs: LIMIT_MS },
    ),
  );
}

export async function discardResult(session: AppSession, id: string): Promise<void> {
  if (isSave(id)) return discardSave(session, id);
  const fleet = await session.fleet();
  const { result } = await fleet.results.show(id);
  await withQuarantine(session, fleet, result.instance, () =>
    fleet.results.discard(id, { signal: session.interrupt.second, timeoutMs: LIMIT_MS }),
  );
}
