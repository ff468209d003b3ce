import { describe, expect, it } from "vitest";
import { candidates } from "../../../src/spec/index.js";

describe("where a spec may be", () => {
  it("is here and in the parents up to the git root", () => {
    expect(candidates("/home/u/app/src/a", "/home/u/app", "/home/u")).toEqual([
      "/home/u/app/src/a/limaform.toml",
      "/home/u/app/src/limaform.toml",
      "/home/u/app/limaform.toml",
    ]);
  });

  it("ends at the home folder outside a repository", () => {
    expect(candidates("/home/u/a", null, "/home/u")).toEqual(["/home/u/a/limaform.toml", "/home/u/limaform.toml"]);
    expect(candidates("/home/u", null, "/home/u")).toEqual(["/home/u/limaform.toml"]);
  });

  it("is this folder alone where neither bounds the way up", () => {
    expect(candidates("/tmp/x/y", null, "/home/u")).toEqual(["/tmp/x/y/limaform.toml"]);
    expect(candidates("/", null, null)).toEqual(["/limaform.toml"]);
  });
});
