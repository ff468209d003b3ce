import { describe, expect, it } from "vitest";
import { judgeCollisions } from "../../../src/review/history-rules.js";
import { addName, collisionOf, createNameTable, removeName } from "../../../src/review/name-collisions.js";

const table = (...paths: string[]) => {
  const made = createNameTable();
  for (const path of paths) addName(made, path);
  return made;
};
const change = (status: "A" | "D", path: string) => ({
  status,
  path,
  mode: "100644",
  oldMode: "100644",
  blob: "",
  oldBlob: "",
});

describe("names that a file system may take for one", () => {
  it("finds case, Unicode form and folders, and names both spellings", () => {
    expect(collisionOf(table("readme", "README"), "README")).toEqual({ ours: "README", other: "readme" });
    expect(collisionOf(table("caf\u00e9", "cafe\u0301"), "caf\u00e9")).not.toBeNull();
    expect(collisionOf(table("src/a", "Src/b"), "Src/b")).toEqual({ ours: "Src", other: "src" });
    expect(collisionOf(table("straße", "STRASSE"), "STRASSE")).not.toBeNull();
    expect(collisionOf(table("src/a", "src/b"), "src/b")).toBeNull();
  });

  it("takes a rename by case for what it is", () => {
    const names = table("readme", "x");
    expect(judgeCollisions(names, { commit: "c", changes: [change("A", "README"), change("D", "readme")] })).toEqual(
      [],
    );
    expect(judgeCollisions(names, { commit: "c", changes: [change("A", "readme")] })).toMatchObject([
      { rule: "name_collision" },
    ]);
  });

  it("forgets a folder only with its last file", () => {
    const names = table("a/x", "a/y");
    removeName(names, "a/x");
    addName(names, "A/z");
    expect(collisionOf(names, "A/z")).toEqual({ ours: "A", other: "a" });
    removeName(names, "a/y");
    expect(collisionOf(names, "A/z")).toBeNull();
    removeName(names, "never/there");
  });

  it("blames no path for collisions that were there before elsewhere", () => {
    expect(collisionOf(table("old", "OLD", "new"), "new")).toBeNull();
  });
});
