import { expect, it } from "vitest";
import { remember } from "../../../src/util/remember.js";

it("reckons once for each object, not for equal ones", () => {
  const asked: unknown[] = [];
  const sizeOf = remember((object: { readonly list: readonly number[] }) => {
    asked.push(object);
    return object.list.length;
  });
  const [one, equal] = [{ list: [1, 2] }, { list: [1, 2] }];
  expect([sizeOf(one), sizeOf(one), sizeOf(equal)]).toEqual([2, 2, 2]);
  expect(asked).toEqual([one, equal]);
});

it("remembers undefined as well", () => {
  let count = 0;
  const nothing = remember((_: object) => {
    count += 1;
    return undefined;
  });
  const key = {};
  nothing(key);
  nothing(key);
  expect(count).toBe(1);
});
