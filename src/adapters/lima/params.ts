import type { InstanceEdit } from "../../ports/instances.js";
import { encodeSomeMarks } from "../../record/marks-codec.js";
import { formatSize } from "../../util/bytes.js";

/**
 * An edit as flags of `limactl clone` and `limactl edit`.
 *
 * Shape: `--param` for marks (Lima refuses keys that the instance does not have), `--set` for sizes, exact in bytes
 * (`--memory` and `--disk` take fractions of GiB).
 */
export function editFlags(edit: InstanceEdit): readonly string[] {
  const sets = [
    ...(edit.cpus === undefined ? [] : [`.cpus = ${edit.cpus}`]),
    ...(edit.memoryBytes === undefined ? [] : [`.memory = "${formatSize(edit.memoryBytes)}"`]),
    ...(edit.diskBytes === undefined ? [] : [`.disk = "${formatSize(edit.diskBytes)}"`]),
  ];
  const marks = Object.entries(encodeSomeMarks(edit.marks ?? {}));
  return [
    ...(sets.length === 0 ? [] : ["--set", sets.join(" | ")]),
    ...marks.flatMap(([key, value]) => ["--param", `${key}=${value}`]),
  ];
}
