/* Effects: asks a worker to commit its work outside the repository's own branch and files, over SSH. */
import type { Guest } from "../../ports/guest.js";
import type { ProbeRequest } from "../../ports/probe.js";
import type { GitTimes } from "./bare.js";
import { EXTRAS_SCRIPT } from "./extras-script.js";
import { isObjectId } from "./git.js";
import { scriptCommand, scriptError } from "./guest-script.js";
import { type Held, sinceSeconds } from "./probe-ask.js";

/** One commit of such work. `object`: the commit, or the tag that names it. The name is the worker's word. */
export interface Extra {
  readonly kind: "ignored" | "worktree" | "nested_repository" | "path";
  readonly commit: string;
  readonly object: string;
  readonly name: string;
}

export interface ExtrasRequest {
  readonly request: ProbeRequest;
  readonly held: Pick<Held, "ignored" | "nested">;
  /** `keep`: the commits stay in the worker, to be packed. `look`: only their ids are wanted. */
  readonly mode: "keep" | "look";
}

const KINDS: ReadonlySet<string> = new Set<Extra["kind"]>(["ignored", "worktree", "nested_repository", "path"]);
const MAX_LIST_BYTES = 4 * 1024 * 1024;
const MAX_EXTRAS = 5000;

/** Errors: REPO_COLLECT_FAILED where the worker cannot read it, or does not answer in the agreed form. */
export async function listExtras(
  guest: Guest,
  { request, held, mode }: ExtrasRequest,
  times: GitTimes,
): Promise<readonly Extra[]> {
  const { instance, guestPath, notWork, workPaths } = request;
  const args = [guestPath, mode, sinceSeconds(request.madeAt), notWork.join("\n"), ...workPaths];
  const records = [
    ...held.ignored.map(({ path }) => Buffer.from(`f ${path}\0`)),
    ...held.nested.map((path) => Buffer.concat([Buffer.from("g "), path, Buffer.from([0])])),
  ];
  const command = scriptCommand(EXTRAS_SCRIPT, args, Buffer.concat(records));
  const result = await guest.exec(instance, command, { ...times, maxOutputBytes: MAX_LIST_BYTES });
  const lines = result.stdout.trimEnd().split("\n");
  const extras = lines.slice(0, -1).map(parse);
  const isWhole = result.exitCode === 0 && !result.isCut && lines.at(-1) === "end" && extras.length <= MAX_EXTRAS;
  if (isWhole && extras.every((extra) => extra !== null)) return extras;
  throw scriptError("REPO_COLLECT_FAILED", `${instance} could not commit its work outside the repository`, result);
}

function parse(line: string): Extra | null {
  const [word, kind = "", commit = "", object = "", ...name] = line.split(" ");
  if (word !== "extra" || !KINDS.has(kind) || !isObjectId(commit) || !isObjectId(object)) return null;
  return { kind: kind as Extra["kind"], commit, object, name: name.join(" ") };
}
