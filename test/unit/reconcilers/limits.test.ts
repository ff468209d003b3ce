import { expect, it } from "vitest";
import { limitsFor } from "../../../src/reconcilers/limits.js";

it("allows at least one step of each class on the smallest host", () => {
  const { classes, parallel } = limitsFor({ cpus: 1, isEmulated: true }, null);
  for (const limit of Object.values(classes)) expect(limit).toBeGreaterThanOrEqual(1);
  expect(classes.boot).toBe(1);
  expect(parallel).toBe(10);
});

it("boots more at once where the hardware helps", () => {
  expect(limitsFor({ cpus: 2, isEmulated: false }, null).classes.boot).toBe(2);
  expect(limitsFor({ cpus: 64, isEmulated: false }, null).classes.boot).toBe(8);
});

it("takes the user's word for all together", () => {
  expect(limitsFor({ cpus: 8, isEmulated: false }, 3).parallel).toBe(3);
});
