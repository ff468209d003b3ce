import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.js";
import type { Json } from "./json.js";

/** 64 hex digits. Text is hashed as UTF-8. */
export function sha256Hex(content: string | Uint8Array): string {
  return hash("sha256", content);
}

/** Digest of a JSON value whatever the order of its keys. */
export function digestOf(value: Json): string {
  return sha256Hex(canonicalJson(value));
}
