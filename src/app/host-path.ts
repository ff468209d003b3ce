import { isAbsolute, join } from "node:path";
import type { ResolvedSpec } from "../resources/kind.js";

/** Where a path of the spec is on this host. */
export function hostPath(spec: Pick<ResolvedSpec, "root">, path: string, home: string): string {
  if (path.startsWith("~/")) return join(home, path.slice(2));
  return isAbsolute(path) ? path : join(spec.root, path);
}
