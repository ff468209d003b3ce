import { VERSION } from "../util/version.js";

/** `limaform 0.1.0 (linux-x64, node v24.1.0)` */
export function versionLine(): string {
  return `limaform ${VERSION} (${process.platform}-${process.arch}, node ${process.version})`;
}
