import type { Decision } from "./kind.js";

/** A decision with what most of them have: no steps, nobody endangered, nothing replaced. */
export function decisionOf(given: Pick<Decision, "address" | "instance" | "action"> & Partial<Decision>): Decision {
  return {
    reasons: [],
    before: null,
    after: null,
    replaced: null,
    basis: [],
    steps: [],
    endangers: [],
    asks: [],
    wasBroken: false,
    ...given,
  };
}
