import { escapeLine } from "../../../util/escape.js";
import { CREDENTIAL_FILES, SHAPES } from "./shapes.js";

/** Where something that looks like a secret lies. Never what it is. */
export interface ScanFinding {
  /** Of `SHAPES` or `CREDENTIAL_FILES`, or `secrets.NAME` for the value of a declared secret. */
  readonly kind: string;
  /** Escaped: names of files come from the guest. */
  readonly path: string;
}

/** Something that looks like a secret and was passed over, with the reason. */
export interface PassedOver extends ScanFinding {
  /** `package`, `dependency`, `toolchain`, `repository`, `self_signed`, `identity`, `allowed`. */
  readonly why: string;
}

export interface ScanReport {
  readonly files: number;
  readonly found: readonly ScanFinding[];
  readonly passed: readonly PassedOver[];
  /** What could not be read, in the words of the system; then the scan proves nothing. */
  readonly unread: readonly string[];
}

/** Lines that the scan prints. Anything else in its output means that it did not end as it should: null. */
export function readReport(output: string): ScanReport | null {
  const found: ScanFinding[] = [];
  const passed: PassedOver[] = [];
  const unread: string[] = [];
  let files: number | null = null;
  for (const line of output.split("\n").filter((text) => text !== "")) {
    const [word, first = "", second = "", third = ""] = line.split("\t");
    if (word === "found") found.push({ kind: first, path: escapeLine(third) });
    else if (word === "passed") passed.push({ kind: first, why: second, path: escapeLine(third) });
    else if (word === "unread") unread.push(escapeLine(first));
    else if (word === "scanned" && /^\d+$/.test(first)) files = Number(first);
    else return null;
  }
  return files === null ? null : { files, found, passed, unread };
}

/** A kind in words. */
export function titleOf(kind: string): string {
  if (kind.startsWith("secrets.")) return `the value of ${kind}`;
  return [...SHAPES, ...CREDENTIAL_FILES].find((shape) => shape.kind === kind)?.title ?? kind;
}
