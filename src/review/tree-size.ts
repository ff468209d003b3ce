/** What one tree says of itself: entries by name length, with the id of those that are trees. */
export interface TreeNode {
  readonly files: number;
  /** Units: bytes of the names of files. */
  readonly fileNameBytes: number;
  readonly trees: readonly { readonly nameBytes: number; readonly id: string }[];
}

/** How much a tree unfolds to: files at or below it, and the bytes of their paths. */
export interface UnfoldedSize {
  readonly files: number;
  readonly pathBytes: number;
}

/**
 * Sizes of trees without unfolding them: one tree may occur in another many times over, so that ten small objects stand
 * for a milliard of files.
 *
 * Shape: `trees` holds every tree below the ones in it; ids of one that is missing count as empty. Sums are floats, so a
 * size beyond all limits stays one.
 */
export function measureTrees(trees: ReadonlyMap<string, TreeNode>): ReadonlyMap<string, UnfoldedSize> {
  const sizes = new Map<string, UnfoldedSize>();
  for (const start of trees.keys()) {
    // Not recursive: trees may be nested deeper than a stack.
    const waiting = [start];
    for (let id = waiting.at(-1); id !== undefined; id = waiting.at(-1)) {
      const node = trees.get(id);
      const open = sizes.has(id) ? [] : (node?.trees ?? []).filter((tree) => !sizes.has(tree.id) && trees.has(tree.id));
      if (open.length > 0) {
        waiting.push(...open.map((tree) => tree.id));
        continue;
      }
      if (node !== undefined && !sizes.has(id)) sizes.set(id, sumOf(node, sizes));
      waiting.pop();
    }
  }
  return sizes;
}

function sumOf(node: TreeNode, sizes: ReadonlyMap<string, UnfoldedSize>): UnfoldedSize {
  let { files, fileNameBytes: pathBytes } = node;
  for (const { id, nameBytes } of node.trees) {
    const below = sizes.get(id);
    if (below === undefined) continue;
    files += below.files;
    pathBytes += below.pathBytes + below.files * (nameBytes + 1);
  }
  return { files, pathBytes };
}
