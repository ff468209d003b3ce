export interface PropertyRun {
  readonly title: string;
  readonly seed: number;
  readonly numRuns: number;
}

/**
 * Parameters of `fc.assert` for every property: once with a fixed and once with a fresh seed, which stands in the test's
 * title so that a failure can be repeated (`LIMAFORM_TEST_SEED=<seed>`); `LIMAFORM_TEST_RUNS` asks for more runs than usual.
 */
export function runsOf(usual = 200): PropertyRun[] {
  const numRuns = Number(process.env.LIMAFORM_TEST_RUNS ?? usual);
  const fresh = Number(process.env.LIMAFORM_TEST_SEED ?? Math.floor(Math.random() * 0x7fffffff));
  return [
    { title: "fixed seed 20261101", seed: 20261101, numRuns },
    { title: `fresh seed ${fresh}`, seed: fresh, numRuns },
  ];
}
