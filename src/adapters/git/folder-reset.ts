/* Effects: takes the files of a folder in a worker back to what was brought there. */
import { RepositoryError } from "../../errors/errors.js";
import type { Guest } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import type { FolderResetRequest } from "../../ports/repository.js";
import { FOLDER_HELD_SCRIPT, FOLDER_RESET_SCRIPT } from "./folder-reset-script.js";
import { hasWork, whyNoFolder } from "./folder-words.js";
import { isObjectId } from "./git.js";
import { errorWord, scriptCommand, scriptError } from "./guest-script.js";
import type { Quarantines } from "./quarantine.js";

export interface FolderResetParts {
  readonly guest: Guest;
  readonly quarantines: Quarantines;
}

/** See the port. */
export async function resetFolder(
  { guest, quarantines }: FolderResetParts,
  request: FolderResetRequest,
  options: CallOptions,
): Promise<void> {
  const { instance, guestPath, base } = request;
  const held = await heldBy(guest, request, options);
  const { signal, timeoutMs } = options;
  const known = await quarantines.known({ instance, root: null, commits: held }, { signal, timeoutMs });
  const also = await request.alsoKnown(held.filter((id) => !known.has(id)));
  const stdin = `${[...known, ...also].map((id) => `known ${id}\n`).join("")}end\n`;
  const result = await guest.exec(instance, scriptCommand(FOLDER_RESET_SCRIPT, [guestPath, base], stdin), options);
  if (result.exitCode === 0 && result.stdout.includes(`pushed ${base}`)) return;
  throw hasWork(request, errorWord(result)) ?? cannotReset(request, result);
}

async function heldBy(guest: Guest, request: FolderResetRequest, options: CallOptions): Promise<readonly string[]> {
  const command = scriptCommand(FOLDER_HELD_SCRIPT, [request.guestPath]);
  const result = await guest.exec(request.instance, command, options);
  const lines = result.stdout.trimEnd().split("\n");
  if (result.exitCode !== 0 || result.isCut || lines.at(-1) !== "end") throw cannotReset(request, result);
  return lines.flatMap((line) => (line.startsWith("ref ") && isObjectId(line.slice(4)) ? [line.slice(4)] : []));
}

function cannotReset({ instance }: FolderResetRequest, result: Awaited<ReturnType<Guest["exec"]>>): RepositoryError {
  const what = `The files of ${instance} could not be taken back to what was brought`;
  const cannot = whyNoFolder(errorWord(result));
  if (cannot === null) return scriptError("PUSH_FAILED", what, result);
  return new RepositoryError("PUSH_FAILED", `${what}: ${cannot.why}`, { hint: cannot.hint });
}
