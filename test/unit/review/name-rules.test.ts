import { describe, expect, it } from "vitest";
import { brokenNameRules, disguiseKey, isGitDirectory } from "../../../src/review/name-rules.js";

describe("names from a worker", () => {
  it.each([
    "src/a.txt",
    "-rf",
    " leading and trailing ",
    "a/b.c/d",
    "gitignore",
    ".gitignore",
    "git",
    ".github/x",
    "ünï/日本",
    "aux.c",
    "x.git",
    "a~1",
  ])("lets %j through", (path) => {
    expect(brokenNameRules(path, false)).toEqual([]);
  });

  it.each([
    ["", "empty_component"],
    ["a//b", "empty_component"],
    ["a/", "empty_component"],
    ["./a", "dot_component"],
    ["a/../b", "dot_component"],
    ["/a", "absolute"],
    ["c:/a", "absolute"],
    ["a\\b", "backslash"],
    ["a\u0000b", "control_character"],
    ["a\u009bb", "control_character"],
    ["a\u2028b", "control_character"],
    ["a\ufffdb", "invalid_utf8"],
    ["é".repeat(128), "too_long"],
    [`${"a/".repeat(64)}b`, "too_deep"],
    [".git", "git_directory"],
    ["a/.GiT/b", "git_directory"],
    ["a/.git/b", "git_directory"],
    [".g\u200dit", "git_directory"],
    [".gi\u00adt ", "git_directory"],
    ["GIT~12", "git_directory"],
    [".git::$INDEX_ALLOCATION", "git_directory"],
    ["_DARCS/x", "foreign_vcs_directory"],
  ])("refuses %j: %s", (path, rule) => {
    expect(brokenNameRules(path, false)).toContain(rule);
  });

  it("refuses files that git reads only as links", () => {
    for (const path of [".gitmodules", "a/.GITATTRIBUTES", "GITMOD~1", "gi7eba~1", ".mailmap"]) {
      expect(brokenNameRules(path, false)).toEqual([]);
      expect(brokenNameRules(path, true)).toEqual(["git_file_as_link"]);
    }
  });

  it("folds a name twice as it folds it once", () => {
    expect(disguiseKey(disguiseKey(".ＧＩＴ. :x"))).toBe(".git");
    expect(isGitDirectory(".gitx")).toBe(false);
  });
});
