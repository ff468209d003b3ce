import { defineConfig } from "vitest/config";

/**
 * Test files at once where tests wait for processes of their own. Not by the number of CPUs: a container sees all of its
 * host's, and may use two.
 */
const maxWorkers = 2;

/* One project a level; `scripts/test.mjs` runs them in this order and prints how many tests of each ran. */
const level = (name: string, extra: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

export default defineConfig({
  test: {
    // Of a slow machine with other work: how long it takes is asked by no test, only that it comes about.
    expect: { poll: { timeout: 30_000 } },
    projects: [
      level("unit"),
      level("property", { testTimeout: 60_000 }),
      level("integration", {
        testTimeout: 180_000,
        hookTimeout: 180_000,
        setupFiles: ["test/support/home-guard.ts"],
        maxWorkers,
      }),
      level("hostile", { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers }),
      level("contract", { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers }),
      level("e2e", { testTimeout: 1_200_000, hookTimeout: 1_200_000, fileParallelism: false, maxWorkers: 1 }),
    ],
  },
});
