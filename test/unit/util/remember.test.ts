import { expect, it } from "vitest";
import { remember, rememberLast } from "../../../src/util/remember.js";

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

it("shares the last value as long as all arguments are the same", () => {
  const pair = rememberLast((left: string, right: string | null) => ({ left, right }));
  const first = pair("a", null);
  expect(pair("a", null)).toBe(first);
  const other = pair("a", "b");
  expect(other).toEqual({ left: "a", right: "b" });
  expect(pair("a", "b")).toBe(other);
  // Only the last one is kept.
  expect(pair("a", null)).toEqual(first);
  expect(pair("a", null)).not.toBe(first);
});

it("remembers undefined and no argument as well", () => {
  let count = 0;
  const reckon = rememberLast((_: string | undefined) => {
    count += 1;
    return undefined;
  });
  reckon(undefined);
  reckon(undefined);
  expect(count).toBe(1);
});
