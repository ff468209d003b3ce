import { expect, it } from "vitest";
import { forEachPlace, placesOf } from "../../../src/graph/places.js";

it("lists the places of each key in order of insertion, and none for a key that has none", () => {
  const given = [0, 1, 7, 4];
  const places = placesOf(["a", "b", "a", "a"], (index) => given[index] ?? -1);
  const placesAt = (key: string): readonly number[] => {
    const found: number[] = [];
    forEachPlace(places, key, (place) => found.push(place));
    return found;
  };
  expect(["a", "b", "c"].map(placesAt)).toEqual([[0, 7, 4], [1], []]);
});
