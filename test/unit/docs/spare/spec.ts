import type { SpecKey } from "../../../../src/resources/kind.js";

export const spare: SpecKey<boolean> = {
  key: "spare",
  schema: { type: "boolean" },
  fallback: false,
  description: "Keep a stopped clone of the golden image at hand.",
  layer: "any",
};
