import type { BuiltBy, ImageRecord } from "../world/image-record.js";

/** Records of where images come from, by instance name, in the state folder: they go with the image, never with a clone. */
export interface ImageRecords {
  /** The record of exactly this sealing; null where there is none. Errors: STORE_NEWER_FORMAT, STORE_DAMAGED. */
  read(instance: string, sealedAt: string): Promise<ImageRecord | null>;
  write(record: ImageRecord): Promise<void>;
  /** Absent = done. */
  remove(instance: string): Promise<void>;
  /** Names of the instances that there are records of, sorted. */
  list(): Promise<readonly string[]>;
  /** Who works here, for a record. */
  builder(limaVersion: string): BuiltBy;
}

/** Values of `secrets.*` for the scan of an image: what this host can tell without asking anybody. */
export interface DeclaredSecrets {
  /** Shape: `unknown` are names whose value this host does not have now. No error holds a value. */
  read(signal: AbortSignal): Promise<{
    readonly known: readonly { readonly name: string; readonly value: string }[];
    readonly unknown: readonly string[];
  }>;
}
