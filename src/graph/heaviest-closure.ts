/**
 * The closed set of nodes with the greatest weight: with a node all that it needs are in it too.
 *
 * Shape: `needs` holds indexes of nodes; no cycle is asked for. Of several such sets the smallest.
 * Source: the reduction to a minimum cut (Picard 1976), with Dinic's algorithm.
 */
export function heaviestClosure(
  weights: readonly number[],
  needs: (node: number) => readonly number[],
): ReadonlySet<number> {
  const [source, sink] = [weights.length, weights.length + 1];
  const network = createNetwork(weights.length + 2);
  weights.forEach((weight, node) => {
    if (weight > 0) network.connect(source, node, weight);
    if (weight < 0) network.connect(node, sink, -weight);
    for (const needed of needs(node)) network.connect(node, needed, Number.POSITIVE_INFINITY);
  });
  for (let levels = network.levels(source); levels[sink] !== -1; levels = network.levels(source)) {
    network.saturate(source, sink, levels);
  }
  const reached = network.levels(source);
  return new Set([...weights.keys()].filter((node) => reached[node] !== -1));
}

interface Arc {
  readonly to: number;
  room: number;
  readonly back: Arc | null;
}

interface MutableArc extends Arc {
  back: Arc | null;
}

function createNetwork(size: number) {
  const arcs: Arc[][] = Array.from({ length: size }, () => []);
  return {
    connect(from: number, to: number, room: number): void {
      const there: MutableArc = { to, room, back: null };
      const back: Arc = { to: from, room: 0, back: there };
      there.back = back;
      arcs[from]?.push(there);
      arcs[to]?.push(back);
    },
    /** Steps from a node over arcs with room; -1 = out of reach. */
    levels(from: number): readonly number[] {
      const levels = new Array<number>(size).fill(-1);
      levels[from] = 0;
      const queue = [from];
      for (let head = 0; head < queue.length; head += 1) {
        const node = queue[head] ?? from;
        for (const { to, room } of arcs[node] ?? []) {
          if (room <= 0 || levels[to] !== -1) continue;
          levels[to] = (levels[node] ?? 0) + 1;
          queue.push(to);
        }
      }
      return levels;
    },
    /** Fills all shortest ways. Without recursion: a way may be as long as a plan. */
    saturate(source: number, sink: number, levels: readonly number[]): void {
      const next = new Array<number>(size).fill(0);
      const way: Arc[] = [];
      for (let node = source; ; node = way.at(-1)?.to ?? source) {
        if (node === sink) {
          const least = Math.min(...way.map(({ room }) => room));
          for (const arc of way) {
            arc.room -= least;
            if (arc.back !== null) arc.back.room += least;
          }
          way.length = way.findIndex(({ room }) => room <= 0);
          continue;
        }
        const from = arcs[node] ?? [];
        let arc = from[next[node] ?? 0];
        while (arc !== undefined && (arc.room <= 0 || levels[arc.to] !== (levels[node] ?? 0) + 1)) {
          next[node] = (next[node] ?? 0) + 1;
          arc = from[next[node] ?? 0];
        }
        if (arc !== undefined) way.push(arc);
        else if (way.length === 0) return;
        else {
          // A dead end: the arc that led here is passed over.
          const last = way.pop();
          const before = way.at(-1)?.to ?? source;
          if (last !== undefined) next[before] = (next[before] ?? 0) + 1;
        }
      }
    },
  };
}
