import { describe, expect, it } from "vitest";
import { parseTreeStatus } from "../../../../src/adapters/git/tree-status.js";

const ID = "3f2a1c".padEnd(40, "0");
const of = (...fields: readonly string[]) => fields.map((field) => `${field}\0`).join("");
const HEADS = [`# branch.oid ${ID}`, "# branch.head main", "# branch.upstream origin/main", "# branch.ab +0 -0"];
const changed = (path: string) => `1 .M N... 100644 100644 100644 ${ID} ${ID} ${path}`;

describe("one status of a work tree", () => {
  it("says HEAD and branch, and that nothing differs", () => {
    expect(parseTreeStatus(of(...HEADS, "# stash 2"), [])).toEqual({ head: ID, branch: "main", isClean: true });
  });

  it("says that there is no commit yet, and that HEAD is detached", () => {
    const unborn = of("# branch.oid (initial)", "# branch.head main");
    expect(parseTreeStatus(unborn, [])).toEqual({ head: null, branch: "main", isClean: true });
    const detached = of(`# branch.oid ${ID}`, "# branch.head (detached)");
    expect(parseTreeStatus(detached, [])).toEqual({ head: ID, branch: null, isClean: true });
  });

  it.each([
    ["a changed file", changed("a b.txt")],
    ["a file in conflict", `u UU N... 100644 100644 100644 100644 ${ID} ${ID} ${ID} a b.txt`],
    ["an untracked file", "? a b.txt"],
    ["another repository", "? nested/"],
    ["a line that nobody knows", "x a b.txt"],
  ])("is not clean with %s", (_, line) => {
    expect(parseTreeStatus(of(...HEADS, line), ["other", "b.txt"]).isClean).toBe(false);
  });

  it("is clean where only files differ that are never carried", () => {
    const lines = [changed("sub folder/limaform.toml"), "? plan.json"];
    expect(parseTreeStatus(of(...HEADS, ...lines), ["plan.json", "sub folder/limaform.toml"]).isClean).toBe(true);
  });
});
