import { describe, expect, it } from "vitest";
import { pathIn } from "../../../src/app/path-in.js";

describe("pathIn", () => {
  it.each([
    [".", "src"],
    ["", "src"],
    ["a/b", "src/a/b"],
    ["..", "."],
    ["../docs", "docs"],
    ["../..x", "..x"],
    ["/code/a", "a"],
    ["/code", "."],
  ])("takes %j from a folder below the top as %j", (typed, path) => {
    expect(pathIn("/code", "/code/src", typed)).toBe(path);
  });

  it.each(["../..", "../../code2", "/", "/code2", "../../x"])("refuses %j, as it was typed", (typed) => {
    expect(() => pathIn("/code", "/code/src", typed)).toThrow(
      expect.objectContaining({ code: "USAGE_PATH_OUTSIDE", message: `"${typed}" is not in /code` }),
    );
  });
});
