import { describe, expect, it } from "vitest";
import { parseRawDiff } from "../../../src/review/raw-diff.js";

const id = (digit: string) => digit.repeat(40);
const entry = (path: string) => `:100644 100755 ${id("1")} ${id("2")} M\0${path}\0`;

describe("git's list of changes", () => {
  it("is read with and without commits, a merge once per parent", () => {
    expect(parseRawDiff("")).toEqual([]);
    expect(parseRawDiff(entry("a"))).toMatchObject([
      { commit: "", changes: [{ path: "a", mode: "100755", blob: id("2") }] },
    ]);
    const text = `${id("a")}\0${entry("x")}${entry("y")}${id("a")}\0${entry("z")}`;
    expect(parseRawDiff(text).map(({ commit, changes }) => [commit, changes.length])).toEqual([
      [id("a"), 2],
      [id("a"), 1],
    ]);
  });

  it("takes a path that looks like a commit for a path", () => {
    expect(parseRawDiff(`${id("a")}\0${entry(id("b"))}`)).toMatchObject([{ changes: [{ path: id("b") }] }]);
  });

  it.each(["nonsense\0x\0", `:100644 100644 ${id("1")} ${id("2")} R100\0a\0b\0`, entry("a").slice(0, 60)])(
    "is not guessed at: %j",
    (text) => {
      expect(() => parseRawDiff(text)).toThrow(expect.objectContaining({ code: "REVIEW_UNREADABLE" }));
    },
  );
});
