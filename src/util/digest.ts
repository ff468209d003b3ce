import { hash } from "node:crypto";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson } from "./canonical-json.js";
import type { Json } from "./json.js";

/** `node:crypto` is loaded when it is first called, which takes as long as so much hashing without it. */
const FEW = 8;
const SHORT = 1_024;
let without = 0;

/** 64 hex digits. Text is hashed as UTF-8. */
export function sha256Hex(content: string | Uint8Array): string {
  if (typeof content === "string" && content.length <= SHORT && without < FEW) {
    without += 1;
    return bytesToHex(sha256(utf8ToBytes(content)));
  }
  return hash("sha256", content);
}

/** Digest of a JSON value whatever the order of its keys. */
export function digestOf(value: Json): string {
  return sha256Hex(canonicalJson(value));
}
