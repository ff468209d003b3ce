import { digestOf } from "../util/digest.js";
import { isFields, isText, parseJson, refuseNewer } from "./narrow.js";

export const TRUST_FORMAT = "limaform.trusted";
export const TRUST_VERSION = 1;

/** A file outside the repository that the spec names. */
export type TrustedFile = {
  /** Dotted key of the spec. */
  readonly key: string;
  /** As the spec has it. */
  readonly path: string;
  /** Where it leads: a link in the repository is the repository's word too. */
  readonly file: string;
};

/** What the user trusts one repository with: exactly these files, named by exactly these values. */
export interface TrustGrant {
  readonly digest: string;
  readonly ownerPath: string;
  readonly project: string;
  readonly files: readonly TrustedFile[];
  readonly at: string;
}

/** Shape: hex; another file, another key or another repository is another digest. */
export function trustDigest(ownerPath: string, files: readonly TrustedFile[]): string {
  return digestOf({ ownerPath, files: files.map(({ key, path, file }) => ({ key, path, file })) });
}

export function encodeTrust(grants: readonly TrustGrant[], engine: string): string {
  return `${JSON.stringify({ format: TRUST_FORMAT, version: TRUST_VERSION, engine, grants }, null, 2)}\n`;
}

/**
 * Reads the file's text; null where there is none. What is damaged trusts nothing.
 *
 * Errors: STORE_NEWER_FORMAT.
 */
export function decodeTrust(text: string | null): readonly TrustGrant[] {
  const value = text === null ? null : parseJson(text);
  if (!isFields(value)) return [];
  refuseNewer("trust.json", { version: value.version, engine: value.engine }, TRUST_VERSION);
  if (value.format !== TRUST_FORMAT || !Array.isArray(value.grants)) return [];
  return value.grants.flatMap((grant: unknown): TrustGrant[] => {
    if (!isFields(grant)) return [];
    const { digest, ownerPath, project, files, at } = grant;
    if (!isText(digest) || !isText(ownerPath) || !isText(project) || !isText(at) || !Array.isArray(files)) return [];
    const known = files.flatMap((file: unknown) => fileOf(file) ?? []);
    return known.length === files.length ? [{ digest, ownerPath, project, files: known, at }] : [];
  });
}

function fileOf(value: unknown): TrustedFile | null {
  if (!isFields(value)) return null;
  const { key, path, file } = value;
  return isText(key) && isText(path) && isText(file) ? { key, path, file } : null;
}
