/* Effects: what both sides of a sync-back last agreed on: a record in the state folder and refs in the quarantine. */
import type { BackRequest } from "../../ports/back.js";
import type { Store } from "../../ports/host.js";
import { sha256Hex } from "../../util/digest.js";
import { validate } from "../../util/validator.js";
import { identity } from "./accept-commit.js";
import { type GitTimes, whichExist } from "./bare.js";
import { type Git, isObjectId } from "./git.js";

const FORMAT = "limaform.back-state";
const VERSION = 1;

export interface BackState {
  readonly workerId: string;
  /** Commit that had been pushed when it was written. */
  readonly pushBase: string | null;
  /** Commit of ours: the files that both sides had. */
  readonly base: string;
  /** The worker's last snapshot. */
  readonly tip: string;
  /** True where something of that snapshot has not been taken. */
  readonly isOpen: boolean;
}

/** Of one worker and one folder of the host. Refs: `refs/limaform/back/KEY/{base,tip,seen}`. */
export function backKey({ instance, root, guestPath, what }: BackRequest): string {
  const key = `${instance}-${sha256Hex(`${root}\n${guestPath}`).slice(0, 12)}`;
  return what === "ignored" ? `${key}-ignored` : key;
}

export async function readBackState(store: Store, key: string, workerId: string): Promise<BackState | null> {
  const value = await store.readJson(`back/${key}.json`);
  const checked = validate<{ readonly format: string; readonly version: number } & BackState>(BACK_STATE_SCHEMA, value);
  // Another worker of that name, or a newer limaform: what was agreed counts no more, and so nothing is deleted by it.
  if (!checked.ok || checked.value.format !== FORMAT || checked.value.version !== VERSION) return null;
  const { workerId: known, pushBase, base, tip, isOpen } = checked.value;
  const areIds = [base, tip, ...(pushBase === null ? [] : [pushBase])].every(isObjectId);
  return areIds && known === workerId ? { workerId, pushBase, base, tip, isOpen } : null;
}

export function writeBackState(store: Store, key: string, state: BackState): Promise<void> {
  return store.writeJson(`back/${key}.json`, { format: FORMAT, version: VERSION, ...state });
}

/**
 * What both sides have in common: the last agreement; after a push what was pushed; else nothing, and then nothing is
 * deleted or overwritten.
 */
export async function findBase(
  git: Git,
  gitDir: string,
  { state, pushBase }: { readonly state: BackState | null; readonly pushBase: string | null },
  times: GitTimes,
): Promise<string> {
  const wanted = state !== null && state.pushBase === pushBase ? state.base : pushBase;
  const found = await whichExist(git, gitDir, wanted === null ? [] : [wanted], times);
  return wanted !== null && found.size > 0 ? wanted : commitOf(git, gitDir, { tree: "", parents: [] }, times);
}

/** A commit of ours over a tree ("" = the empty one); the same input gives the same id. */
export async function commitOf(
  git: Git,
  gitDir: string,
  { tree, parents }: { readonly tree: string; readonly parents: readonly string[] },
  times: GitTimes,
): Promise<string> {
  const id = tree === "" ? (await git.neutral(gitDir, ["mktree"], { ...times, stdin: "" })).stdout.trim() : tree;
  const env = identity("limaform", "limaform@localhost", "@0 +0000");
  const make = ["commit-tree", id, ...parents.flatMap((parent) => ["-p", parent])];
  return (await git.neutral(gitDir, make, { ...times, env, stdin: "Files of a worker\n" })).stdout.trim();
}

const ID = { type: "string" } as const;
export const BACK_STATE_SCHEMA = {
  type: "object",
  required: ["format", "version", "workerId", "pushBase", "base", "tip", "isOpen"],
  properties: {
    ...{ format: { type: "string" }, version: { type: "integer" }, workerId: { type: "string" } },
    ...{ pushBase: { ...ID, nullable: true }, base: ID, tip: ID, isOpen: { type: "boolean" } },
  },
} as const;
