import type { ResultDocument, ResultsDocument } from "./app.js";
import { collectPending } from "./collect.js";
import type { AppSession } from "./session.js";

const LIMIT_MS = 10 * 60_000;

export async function listResults(session: AppSession): Promise<ResultsDocument> {
  const fleet = await session.fleet();
  await collectPending(session, fleet);
  return { format: "limaform.results", version: 1, results: await fleet.results.list() };
}

export async function showResult(session: AppSession, id: string): Promise<ResultDocument> {
  const fleet = await session.fleet();
  return { format: "limaform.result", version: 1, ...(await fleet.results.show(id)) };
}

/** A branch in the user's repository; nothing is checked out, no hook runs. */
export async function acceptResult(
  session: AppSession,
  id: string,
  { keepCommits }: { readonly keepCommits: boolean },
) {
  const fleet = await session.fleet();
  const root = (await fleet.repositoryRoot()) ?? fleet.loaded.spec.root;
  return fleet.results.accept({ id, root, keepCommits }, { signal: session.interrupt.second, timeoutMs: LIMIT_MS });
}

export async function discardResult(session: AppSession, id: string): Promise<void> {
  const fleet = await session.fleet();
  await fleet.results.discard(id, { signal: session.interrupt.second, timeoutMs: LIMIT_MS });
}
