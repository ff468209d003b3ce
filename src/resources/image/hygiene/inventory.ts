import { compareText } from "../../../util/compare.js";
import { escapeLine } from "../../../util/escape.js";
import type { InstalledPackage } from "../../../world/image-record.js";

export interface Inventory {
  readonly packages: readonly InstalledPackage[];
  readonly os: string;
  readonly kernel: string;
}

const SORTS: ReadonlySet<string> = new Set(["deb", "rpm", "apk", "npm", "pip", "cargo"]);

/** What `inventoryScript` printed; null where it did not come to its end. Sorted by sort, name, version. */
export function readInventory(output: string): Inventory | null {
  const lines = output.split("\n").map((line) => line.split("\t").map(escapeLine));
  if (!lines.some(([sort]) => sort === "end")) return null;
  const found = lines.flatMap(([sort = "", name = "", version = "", arch = ""]) =>
    SORTS.has(sort) && name !== "" ? [{ sort, name, version, arch }] : [],
  );
  const unique = new Map(found.map((one) => [`${one.sort} ${one.name} ${one.version} ${one.arch}`, one]));
  const first = (wanted: string) => lines.find(([sort]) => sort === wanted) ?? [];
  return {
    packages: [...unique.entries()].sort(([left], [right]) => compareText(left, right)).map(([, one]) => one),
    os: first("os")[1] ?? "",
    kernel: first("kernel")[2] ?? "",
  };
}
