/* Effects: brings the files of a folder into a worker, and notes in the worker what was brought. */
import { realpath } from "node:fs/promises";
import { RepositoryError, StalePlanError } from "../../errors/errors.js";
import type { Guest, GuestResult } from "../../ports/guest.js";
import type { CallOptions } from "../../ports/instances.js";
import type { FolderChange, FolderPush, FolderPushed } from "../../ports/repository.js";
import { escapeLine } from "../../util/escape.js";
import type { ItemisedLine } from "../rsync/itemised.js";
import { type Sent, sendFiles } from "../rsync/send.js";
import { type FolderListing, listFolder } from "./folder-listing.js";
import { FOLDER_BEGIN_SCRIPT, FOLDER_END_SCRIPT } from "./folder-script.js";
import { hasWork, whyNoFolder } from "./folder-words.js";
import { type Git, isObjectId } from "./git.js";
import { errorWord, scriptCommand, scriptError } from "./guest-script.js";

export interface FolderParts {
  readonly git: Git;
  readonly guest: Guest;
  /** For rsync; nothing else of the user's session reaches it. */
  readonly env: Readonly<Record<string, string>>;
}

type Options = CallOptions & { readonly report: (text: string) => void };

const MAX_LIST_BYTES = 64 * 1024 * 1024;
/** A push that was not asked for by name removes no more than this. Source: reference/sync.md §6, rule 15. */
const MOST_DELETIONS = { count: 20, share: 0.1 };

/** See the port. */
export async function pushFolder(parts: FolderParts, request: FolderPush, options: Options): Promise<FolderPushed> {
  const times = { signal: options.signal, timeoutMs: options.timeoutMs };
  const root = await realpath(request.root);
  const list = () => listFolder(parts.git, { root, rules: request.rules, paths: request.paths }, times);
  const listing = await list();
  refuseMoved(request, listing);
  const begun = await begin(parts.guest, request, listing, times);
  if (isBrought(request, listing, begun)) return nothingBrought(listing, request.last?.base ?? "");
  const deletes = mayDelete(request, listing, begun);
  if (deletes && !request.dryRun) await end(parts.guest, request, { gone: begun.gone, brought: [] }, times);
  options.report(`comparing ${listing.names.length} files`);
  const send = { ...request, root };
  let sent = await sendFiles(parts, { ...send, names: listing.names }, times);
  let names = listing.names;
  if (sent.isPartial) {
    names = (await list()).names;
    sent = await sendFiles(parts, { ...send, names }, times);
    if (sent.isPartial) await failPartly(parts.guest, request, names, times);
  }
  const changes = changesOf(sent.lines);
  const isNoted = begun.base !== null && changes.length === 0 && !request.overwrite && !deletes;
  const base =
    request.dryRun || isNoted ? begun.base : await end(parts.guest, request, { gone: [], brought: names }, times);
  return {
    base: base ?? "",
    digest: request.paths.length === 0 ? listing.files.digest : null,
    files: names.length,
    changes,
    gone: begun.gone.map((name) => escapeLine(name.toString("utf8"))),
    deleted: deletes && begun.gone.length > 0,
    notes: [...listing.notes, ...messagesOf(sent)],
  };
}

/** `begin` answers with a base only where the worker's files are those of that base. */
function isBrought(request: FolderPush, { files }: FolderListing, { base, gone }: Begun): boolean {
  const { last, checksum, overwrite, paths } = request;
  if (last === undefined || checksum || overwrite || paths.length > 0) return false;
  return last.digest === files.digest && last.base === base && gone.length === 0;
}

const nothingBrought = ({ files, names, notes }: FolderListing, base: string): FolderPushed => ({
  ...{ base, digest: files.digest, files: names.length, changes: [], gone: [], deleted: false, notes },
});

function refuseMoved({ digest }: FolderPush, { files }: FolderListing): void {
  if (digest === null || digest === files.digest) return;
  throw new StalePlanError("STALE_CARRIED", "The files of the folder are not those of the plan any more", {
    hint: "Make a new plan: limaform plan",
    details: { planned: digest, found: files.digest },
  });
}

interface Begun {
  /** What limaform brought last; null where it never did. */
  readonly base: string | null;
  /** Brought before, and gone on the host. */
  readonly gone: readonly Buffer[];
  readonly brought: number;
}

async function begin(guest: Guest, request: FolderPush, { names }: FolderListing, times: CallOptions): Promise<Begun> {
  const { instance, guestPath, overwrite, paths, rules } = request;
  const args = [guestPath, overwrite ? "fresh" : "used", paths.length === 0 ? "whole" : "part", rules.skip.join("\n")];
  const command = scriptCommand(FOLDER_BEGIN_SCRIPT, args, nulEnded(names));
  const result = await guest.exec(instance, command, { ...times, maxOutputBytes: MAX_LIST_BYTES });
  const [head = "", ...fields] = result.stdout.split("\0");
  const [, word = "", value = ""] = /^(ready|work) (\S+)\ngone$/u.exec(head) ?? [];
  const isWhole = result.exitCode === 0 && !result.isCut && fields.pop() === "" && fields.pop() === "end";
  if (!isWhole || word === "") throw cannotBegin(request, result);
  if (word === "work") throw hasWork(request, value) ?? cannotBegin(request, result);
  const base = isObjectId(value) ? value : null;
  return { base, gone: fields.map((name) => Buffer.from(name)), brought: names.length };
}

function cannotBegin({ instance }: FolderPush, result: GuestResult): RepositoryError {
  const what = `Files could not be brought into ${instance}`;
  const cannot = whyNoFolder(errorWord(result));
  if (cannot === null) return scriptError("PUSH_FAILED", what, result);
  return new RepositoryError("PUSH_FAILED", `${what}: ${cannot.why}`, { hint: cannot.hint });
}

/** Errors: PUSH_DELETES_MANY. */
function mayDelete({ deletes, instance, agreed }: FolderPush, { names }: FolderListing, { gone }: Begun): boolean {
  const seen = agreed === undefined ? null : new Set(agreed);
  const unseen = seen === null ? [] : gone.filter((name) => !seen.has(escapeLine(name.toString("utf8"))));
  if (deletes === "all" && unseen.length > 0) {
    throw new RepositoryError(
      "PUSH_DELETES_MANY",
      `${instance} was not pushed to: ${unseen.length} more files are gone here than you agreed to`,
      {
        hint: `look at the list again: limaform sync ${instance} --delete --dry-run`,
        details: {
          instance,
          count: gone.length,
          examples: unseen.slice(0, 10).map((name) => escapeLine(name.toString("utf8"))),
        },
      },
    );
  }
  if (deletes !== "guarded" || gone.length === 0) return deletes !== "none" && gone.length > 0;
  const most = Math.max(MOST_DELETIONS.count, Math.floor((names.length + gone.length) * MOST_DELETIONS.share));
  if (gone.length <= most && names.length > 0) return true;
  const what = names.length === 0 ? "all files" : `${gone.length} of ${names.length + gone.length} files`;
  throw new RepositoryError("PUSH_DELETES_MANY", `${instance} was not pushed to: ${what} would be removed from it`, {
    hint: `look at the list and agree to it: limaform sync ${instance} --delete --dry-run, then without --dry-run`,
    details: {
      instance,
      count: gone.length,
      examples: gone.slice(0, 10).map((name) => escapeLine(name.toString("utf8"))),
    },
  });
}

async function end(
  guest: Guest,
  { instance, guestPath, overwrite }: FolderPush,
  { gone, brought }: { readonly gone: readonly Buffer[]; readonly brought: readonly Buffer[] },
  times: CallOptions,
): Promise<string> {
  const prefixed = (word: string, names: readonly Buffer[]) =>
    names.map((name) => Buffer.concat([Buffer.from(word), name]));
  const stdin = nulEnded([...prefixed("d ", gone), ...prefixed("f ", brought)]);
  const args = [guestPath, overwrite ? "fresh" : "used", gone.length === 0 ? "keep" : "delete"];
  const result = await guest.exec(instance, scriptCommand(FOLDER_END_SCRIPT, args, stdin), times);
  const commit = /^pushed ([0-9a-f]+)$/mu.exec(result.stdout)?.[1] ?? "";
  if (result.exitCode === 0 && isObjectId(commit)) return commit;
  throw scriptError("PUSH_FAILED", `What was brought into ${instance} could not be noted there`, result);
}

/** What did arrive is noted all the same: else the next push would take it for the worker's own work. */
async function failPartly(
  guest: Guest,
  request: FolderPush,
  names: readonly Buffer[],
  times: CallOptions,
): Promise<never> {
  if (!request.dryRun) await end(guest, request, { gone: [], brought: names }, times);
  throw new RepositoryError("RSYNC_PARTIAL", `some files could not be brought into ${request.instance}`, {
    hint: "are there files that you cannot read, or that change all the time? then once more: limaform sync",
    details: { instance: request.instance },
  });
}

function changesOf(lines: readonly ItemisedLine[]): readonly FolderChange[] {
  return lines.flatMap((line) => {
    if (line.kind === "message" || line.type === "folder" || line.change === "none") return [];
    return [{ path: escapeLine(line.name.toString("utf8")), change: line.change }];
  });
}

const messagesOf = ({ lines }: Sent): readonly string[] =>
  lines.flatMap((line) => (line.kind === "message" ? [escapeLine(line.text)] : []));

const nulEnded = (names: readonly Buffer[]): Buffer => Buffer.concat(names.flatMap((name) => [name, Buffer.from([0])]));
