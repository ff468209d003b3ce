import type { Step } from "./document.js";

/**
 * Instances that the steps are about, or clone, each with a number. What is known of them is kept by number: names are
 * looked up once for each step and instance, because with hundreds of thousands of them that is most of the time.
 */
export interface Touched {
  readonly numbers: ReadonlyMap<string, number>;
  /** By place of the step: the number of its instance. */
  readonly ofSteps: Int32Array;
}

/** By number; absent where nothing is known. */
export type ByNumber<Known> = readonly (Known | undefined)[];

export function touchedBy(steps: readonly Step[]): Touched {
  const numbers = new Map<string, number>();
  const add = (name: string): number => {
    const known = numbers.get(name);
    if (known !== undefined) return known;
    numbers.set(name, numbers.size);
    return numbers.size - 1;
  };
  const ofSteps = new Int32Array(steps.length);
  steps.forEach(({ verb, instance, inputs }, place) => {
    ofSteps[place] = add(instance);
    if (verb === "create" && typeof inputs.source === "string") add(inputs.source);
  });
  return { numbers, ofSteps };
}

export const numberOf = ({ ofSteps }: Touched, place: number): number => ofSteps[place] as number;
