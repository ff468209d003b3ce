import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Vitest's own choice is one less than there are CPUs; tests that wait for processes leave half of one idle. */
const maxWorkers = Math.max(2, availableParallelism() - 1);

/* One project a level; `scripts/test.mjs` runs them in this order and prints how many tests of each ran. */
const level = (name: string, extra: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
});

export default defineConfig({
  test: {
    projects: [
      level("unit"),
      level("property", { testTimeout: 60_000 }),
      level("integration", {
        testTimeout: 60_000,
        hookTimeout: 60_000,
        setupFiles: ["test/support/home-guard.ts"],
        maxWorkers,
      }),
      level("hostile", { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers }),
      level("contract", { testTimeout: 120_000, hookTimeout: 120_000, maxWorkers }),
      level("e2e", { testTimeout: 1_200_000, hookTimeout: 1_200_000, fileParallelism: false, maxWorkers: 1 }),
    ],
  },
});
