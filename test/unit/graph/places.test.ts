import { expect, it } from "vitest";
import { addPlace, type Places, placesAt } from "../../../src/graph/places.js";

it("lists the places of each key in order of insertion, and none for a key that has none", () => {
  const places: Places<string> = new Map();
  for (const [key, place] of [
    ["a", 0],
    ["b", 1],
    ["a", 7],
    ["a", 4],
  ] as const)
    addPlace(places, key, place);
  expect(["a", "b", "c"].map((key) => placesAt(places, key))).toEqual([[0, 7, 4], [1], []]);
});
