import { decodeLock, encodeLock, type LockFile } from "./lock-file.js";

/** The atomic steps that locks are made of. */
export interface LockFiles {
  /** Makes the file with its whole content; false where there is one already. */
  create(path: string, text: string): Promise<boolean>;
  read(path: string): Promise<string | null>;
  /** Puts the whole content in place of what is there, in one step. */
  replace(path: string, text: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Paths of the files beside it whose names go on where its name ends. */
  beside(path: string): Promise<readonly string[]>;
}

export interface TakeOptions {
  readonly files: LockFiles;
  readonly isDead: (found: LockFile) => Promise<boolean>;
  readonly nonce: () => string;
}

/** `holder` is null where the file cannot be read. */
export type Attempt =
  | { readonly kind: "taken"; readonly takenOver: LockFile | null }
  | { readonly kind: "busy"; readonly holder: LockFile | null };

/** Each round ends differently only if somebody else moved in between. */
const MAX_ROUNDS = 20;

/**
 * Takes a lock, or says who has it. Does not wait.
 *
 * Shape: of any number of takers at most one gets it, whatever the order of their steps and whoever of them dies. A dead
 * holder's lock is replaced only under a second lock that is named after that very holding (`.claim-<nonce>`) and only if
 * it still stands there; so nobody can replace the lock of one who came before him. The claim is a lock like any other:
 * that of a dead claimer is replaced in the same way.
 */
export async function tryTake(path: string, mine: LockFile, options: TakeOptions): Promise<Attempt> {
  let last: LockFile | null = null;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (await options.files.create(path, encodeLock(mine))) return { kind: "taken", takenOver: null };
    const text = await options.files.read(path);
    if (text === null) continue;
    const found = decodeLock(text);
    if (found === null || !(await options.isDead(found))) return { kind: "busy", holder: found };
    const attempt = await replaceDead(path, { dead: found, mine }, options);
    if (attempt !== null) return attempt;
    last = found;
  }
  return { kind: "busy", holder: last };
}

/** Gives a lock back; one that is no longer ours is left alone. */
export async function giveBack(path: string, mine: LockFile, files: LockFiles): Promise<void> {
  if (await isHeldAs(path, mine.nonce, files)) await files.remove(path);
}

/**
 * Removes claims that dead takers have left. Only for who holds the lock: then every claim is on a holding of the past,
 * and its owner, should one live, finds that out before it acts.
 */
export async function sweepClaims(path: string, files: LockFiles): Promise<void> {
  const left = await files.beside(path);
  for (const claim of left) if (claim.startsWith(`${path}.claim-`)) await files.remove(claim);
}

/**
 * Removes one holding, whoever has it, under the same claim that a taker of a dead one's lock needs; so nobody's newer lock
 * can go with it. False where it is gone, another one, or just being taken over.
 */
export async function removeHolding(
  path: string,
  text: string,
  { mine, options }: { readonly mine: LockFile; readonly options: TakeOptions },
): Promise<boolean> {
  const { files } = options;
  const claimPath = `${path}.claim-${decodeLock(text)?.nonce ?? "0"}`;
  const claimed = await tryTake(claimPath, mine, options);
  if (claimed.kind === "busy") return false;
  try {
    if ((await files.read(path)) !== text) return false;
    await files.remove(path);
    return true;
  } finally {
    await giveBack(claimPath, mine, files);
  }
}

/** Null where the dead one's lock was gone before we could claim it. */
async function replaceDead(
  path: string,
  { dead, mine }: { readonly dead: LockFile; readonly mine: LockFile },
  options: TakeOptions,
): Promise<Attempt | null> {
  const claimPath = `${path.replace(/\.claim-[0-9a-f]+$/, "")}.claim-${dead.nonce}`;
  const claim: LockFile = { ...mine, nonce: options.nonce() };
  const claimed = await tryTake(claimPath, claim, options);
  if (claimed.kind === "busy") return claimed;
  try {
    if (!(await isHeldAs(path, dead.nonce, options.files))) return null;
    await options.files.replace(path, encodeLock(mine));
    return { kind: "taken", takenOver: dead };
  } finally {
    await giveBack(claimPath, claim, options.files);
  }
}

async function isHeldAs(path: string, nonce: string, files: LockFiles): Promise<boolean> {
  const text = await files.read(path);
  return text !== null && decodeLock(text)?.nonce === nonce;
}
