import { LimaError } from "../errors/errors.js";
import type { InstanceReader } from "../ports/instances.js";
import type { Marks } from "../world/marks.js";
import type { Address, InstanceFacts } from "./kind.js";
import { marksOf } from "./marks-of.js";

export interface Ownership {
  readonly project: string;
  readonly owner: string;
  readonly address: Address;
}

/**
 * The instance as it is now, with proof that it is ours, at this address and under this name. Every step that starts,
 * stops, changes or overwrites asks this in the same task that acts.
 *
 * Errors: LIMA_NOT_FOUND_INSTANCE, LIMA_NOT_OURS.
 */
export async function proveOurs(
  reader: InstanceReader,
  name: string,
  expected: Partial<Ownership>,
  signal: AbortSignal,
): Promise<{ readonly facts: InstanceFacts; readonly marks: Marks }> {
  const facts = await reader.inspect(name, signal);
  if (facts === null) {
    throw new LimaError("LIMA_NOT_FOUND_INSTANCE", `the instance ${name} is not there any more`, {
      hint: "plan again: limaform plan",
    });
  }
  const marks = marksOf(facts);
  const differs = marks === null ? "it has no readable marks of limaform" : difference(marks, name, expected);
  if (marks === null || differs !== null) throw notOurs(name, differs ?? "");
  return { facts, marks };
}

function difference(marks: Marks, name: string, expected: Partial<Ownership>): string | null {
  if (marks.name !== name) return `its marks are about ${marks.name}`;
  for (const key of ["project", "owner", "address"] as const) {
    const wanted = expected[key];
    if (wanted !== undefined && marks[key] !== wanted) return `its ${key} is ${marks[key]}, not ${wanted}`;
  }
  return null;
}

export function notOurs(name: string, why: string): LimaError {
  return new LimaError("LIMA_NOT_OURS", `the instance ${name} is not touched: ${why}`, {
    hint: `look at it with: limactl list ${name}; then plan again: limaform plan`,
  });
}
