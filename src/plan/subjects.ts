import { compareAddresses, kindOf, parseAddress } from "../resources/address.js";
import type { Address, DecideContext, DesiredNode, KindRules } from "../resources/kind.js";
import type { Groups } from "./group.js";
import { candidatesOf, namedAddresses } from "./hands.js";
import type { PlanInput } from "./input.js";

/** What a decision is about, and what is looked up once for it. */
type Subject = Pick<DecideContext, "address" | "desired" | "objects">;

interface KindSubjects {
  readonly rules: KindRules;
  readonly subjects: readonly Subject[];
}

/**
 * By kind all that is wanted, there, or feared: wanted addresses in compile order (tools before golden), then the rest.
 * Commands that name addresses look only at those.
 */
export function subjectsByKind(
  input: PlanInput,
  graph: ReadonlyMap<Address, DesiredNode>,
  groups: Groups,
): readonly KindSubjects[] {
  const byKind = new Map<string, Subject[]>(input.rules.map(({ kind }) => [kind, []]));
  const add = (kind: string, address: Address, desired: DesiredNode | null): Subject => {
    const subject = { address, desired, objects: groups.objects.get(address) ?? NONE };
    byKind.get(kind)?.push(subject);
    return subject;
  };
  const named = namedAddresses(input.intent);
  if (named === null) {
    let wantedAndThere = 0;
    graph.forEach((node, address) => {
      if (add(node.kind, address, node).objects.length > 0) wantedAndThere += 1;
    });
    const feared = [groups.residues, groups.unknown, candidatesOf(input, groups)];
    const rest = new Set<Address>();
    // Mostly all that is there is wanted, and has been found at its address already.
    for (const present of wantedAndThere === groups.objects.size ? feared : [groups.objects, ...feared]) {
      for (const address of present.keys()) if (!graph.has(address)) rest.add(address);
    }
    for (const address of [...rest].sort(compareAddresses)) add(kindOf(address), address, null);
  } else {
    for (const address of named) add(parseAddress(address)?.kind ?? "", address, graph.get(address) ?? null);
  }
  return input.rules.map((rules) => ({ rules, subjects: byKind.get(rules.kind) ?? NONE }));
}

const NONE: readonly never[] = [];
