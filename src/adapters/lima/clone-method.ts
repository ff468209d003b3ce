import type { HostFacts } from "../../world/world.js";

export type CloneMethod = HostFacts["cloneMethod"];

/**
 * The one table that decides how a sealed disk is cloned cheaply.
 *
 * Where the file system shares blocks (APFS, btrfs, XFS), Lima's own clone does it. Else QEMU can read a disk through a
 * thin overlay on a base; vz cannot, it needs raw disks.
 * Source: design page §4, "Linked clones"; reference/lima.md §4.2.
 */
export function cloneMethodOf(facts: { readonly hasReflinks: boolean; readonly vmType: "qemu" | "vz" }): CloneMethod {
  if (facts.hasReflinks) return "copy-on-write";
  return facts.vmType === "qemu" ? "linked" : "full";
}
