import { describe, expect, it } from "vitest";
import { categorize } from "../../../src/review/categorize.js";
import type { RawChange } from "../../../src/review/raw-diff.js";
import { buildReport } from "../../../src/review/report.js";

const change = (path: string, more: Partial<RawChange> = {}): RawChange => ({
  ...{ oldMode: "100644", mode: "100644", oldBlob: "1".repeat(40), blob: "2".repeat(40), status: "M", path },
  ...more,
});
const rules = { specFiles: ["./hooks/setup.sh"], hookFolders: ["tools/git"], binaries: new Set(["logo.png"]) };

describe("categories of the report", () => {
  it.each([
    ["limaform.toml", ["spec"]],
    ["hooks/setup.sh", ["spec"]],
    ["tools/git/pre-push", ["hooks"]],
    [".husky/pre-commit", ["hooks"]],
    [".pre-commit-config.yaml", ["hooks"]],
    [".github/workflows/ci.yml", ["ci"]],
    ["sub/Jenkinsfile.deploy", ["ci"]],
    ["packages/a/package.json", ["scripts"]],
    ["PACKAGE.JSON", ["scripts"]],
    ["yarn.lock", ["lockfiles"]],
    ["Makefile", ["build"]],
    ["x/rules.mk", ["build"]],
    ["vite.config.ts", ["build"]],
    [".cargo/config.toml", ["build"]],
    [".vscode/tasks.json", ["ide"]],
    ["App.xcodeproj/project.pbxproj", ["ide"]],
    [".env.local", ["environment"]],
    ["docs/CLAUDE.md", ["agents"]],
    [".claude/settings.json", ["agents"]],
    [".gitattributes", ["gitattributes"]],
    [".gitmodules", ["gitmodules"]],
    [".pnp.cjs", ["scripts"]],
    ["app/node_modules/left-pad/index.js", ["scripts"]],
    [".venv/lib/python3.12/site-packages/x.py", ["scripts"]],
    ["native/binding.gyp", ["scripts"]],
    ["lefthook.toml", ["hooks"]],
    ["karma.conf.js", ["build"]],
    [".prettierrc.json", ["build"]],
    ["lib/BUILD.bazel", ["build"]],
    [".pylintrc", ["build"]],
    ["infra/main.tf.json", ["build"]],
    [".gdbinit", ["ide"]],
    ["QWEN.md", ["agents"]],
    ["logo.png", ["binaries"]],
    ["src/main.ts", []],
    ["docs/build/notes.md", []],
    ["README.md", []],
    ["src/package.json.ts", []],
    ["src/venv.py", []],
    ["docs/run/x.md", []],
  ])("%s is %j", (path, categories) => {
    expect(categorize(change(path), rules)).toEqual(categories);
  });

  it("flags links, changed modes and new executables, but no deletion as a mode", () => {
    expect(categorize(change("a", { mode: "120000", oldMode: "000000", status: "A" }), rules)).toEqual(["symlinks"]);
    expect(categorize(change("a", { mode: "120000", status: "T" }), rules)).toEqual(["symlinks", "modes"]);
    expect(categorize(change("a", { mode: "100755" }), rules)).toEqual(["modes"]);
    expect(categorize(change("a", { mode: "100755", oldMode: "000000", status: "A" }), rules)).toEqual(["modes"]);
    expect(categorize(change("a", { mode: "100755", oldMode: "100755" }), rules)).toEqual([]);
    expect(categorize(change("a", { mode: "000000", status: "D", oldMode: "100755" }), rules)).toEqual([]);
    expect(categorize(change("Makefile", { mode: "000000", status: "D" }), rules)).toEqual(["build"]);
  });

  it("flags a submodule that comes, moves or goes", () => {
    for (const modes of [
      { mode: "160000" },
      { oldMode: "160000", mode: "160000" },
      { oldMode: "160000", mode: "000000" },
    ])
      expect(categorize(change("vendor/lib", modes), rules)).toContain("submodules");
  });

  it("names of a flagged change the first commit that gave it what it has now", () => {
    const [early, late, other] = [change("Makefile", { blob: "3".repeat(40) }), change("Makefile"), change("z.txt")];
    const history = [
      { commit: "c1", changes: [early, other] },
      { commit: "c2", changes: [late] },
      { commit: "c3", changes: [late] },
    ];
    const sources = new Map();
    const { changes } = buildReport([change("Makefile"), other], rules, { history, sources });
    expect(changes.map(({ path, commit }) => [path, commit])).toEqual([
      ["Makefile", "c2"],
      ["z.txt", undefined],
    ]);
  });

  it("reports the most dangerous first and names each category once", () => {
    const report = buildReport([change("z.txt"), change("Makefile"), change("b.mk"), change("limaform.toml")], rules);
    expect(report.changes.map(({ path }) => path)).toEqual(["limaform.toml", "Makefile", "b.mk", "z.txt"]);
    expect(report.flagged).toEqual(["spec", "build"]);
  });

  it("takes everything for hooks where hooks run from the top of the work tree", () => {
    expect(categorize(change("pre-push"), { ...rules, hookFolders: [""] })).toEqual(["hooks"]);
  });
});
