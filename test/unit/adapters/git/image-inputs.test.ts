import { describe, expect, it } from "vitest";
import { parseTree, selectImageInputs } from "../../../../src/adapters/git/image-inputs.js";

const blob = "1".repeat(40);
const tree = (...paths: string[]) => paths.map((path) => ({ mode: "100644", blob, path }));
const select = (patterns: readonly string[] | null, ...paths: string[]) =>
  selectImageInputs(tree(...paths), patterns).map(({ path }) => path);

describe("which tracked files make a new golden image", () => {
  it("takes lock files in every folder, sorted", () => {
    expect(select(null, "z/Cargo.lock", "package-lock.json", "src/a.ts", "go.sum")).toEqual([
      "go.sum",
      "package-lock.json",
      "z/Cargo.lock",
    ]);
  });

  it("takes a manifest only where its folder has no lock file of its language", () => {
    expect(select(null, "package.json", "package-lock.json", "lib/package.json", "pyproject.toml")).toEqual([
      "lib/package.json",
      "package-lock.json",
      "pyproject.toml",
    ]);
  });

  it("takes what patterns name, later ones with the last word", () => {
    expect(select(["*.toml", "!limaform.toml", "/deps/"], "a.toml", "limaform.toml", "deps/x", "b/deps/x")).toEqual([
      "a.toml",
      "deps/x",
    ]);
    expect(select([], "package-lock.json")).toEqual([]);
  });

  it("leaves submodules and links out", () => {
    const entries = [
      { mode: "160000", blob, path: "go.sum" },
      { mode: "120000", blob, path: "Cargo.lock" },
    ];
    expect(selectImageInputs(entries, null)).toEqual([]);
  });

  it("reads git's listing with odd names", () => {
    expect(parseTree(`100644 blob ${blob}\ta\tb\n\u0000160000 commit ${blob}\tm\u0000`)).toEqual([
      { mode: "100644", blob, path: "a\tb\n" },
      { mode: "160000", blob, path: "m" },
    ]);
  });
});
