import { join, resolve } from "node:path";
import { copyOutput, OUTPUT_FILES, proveOutputFolder } from "../adapters/host/copy-output.js";
import { realOrSame } from "../adapters/host/files.js";
import { partName } from "../util/run-part.js";
import type { RunDocument, RunRequest } from "./app.js";
import { readOwnFiles } from "./own-files.js";
import type { AppSession } from "./session.js";

/** Errors: STORE_OUTPUT, before anything has begun. */
export async function proveOutput(session: AppSession, { output }: Pick<RunRequest, "output">): Promise<void> {
  if (output !== undefined) await proveOutputFolder(resolve(session.options.cwd, output));
}

/**
 * Copies the output of each part to `DIR/SLOT` or `DIR/TASK`, once the run is over or left. Where the folder lies in the
 * repository its files are noted as limaform's own first: they never count as its content.
 *
 * Errors: STORE_OUTPUT.
 */
export async function giveOutput(
  session: AppSession,
  { output }: Pick<RunRequest, "output">,
  document: RunDocument,
): Promise<RunDocument> {
  if (output === undefined) return document;
  const fleet = await session.fleet();
  const folder = await realOrSame(resolve(session.options.cwd, output));
  const parts = document.workers.filter((worker) => worker.output !== "");
  const writes = parts.flatMap((part) => OUTPUT_FILES.map((name) => join(folder, partName(part), name)));
  const { repository } = session;
  await readOwnFiles(fleet.loaded.spec, { repository, store: fleet.store, writes });
  for (const part of parts) await copyOutput(part.output, join(folder, partName(part)));
  return document;
}
