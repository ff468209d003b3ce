import { describe, expect, it } from "vitest";
import {
  convertSandbox,
  detectRepository,
  type InitFacts,
  PACKAGED_SCHEMA,
  projectNameOf,
  renderInit,
  SPEC_NAME,
} from "../../../src/spec/index.js";
import { resolveText } from "../../support/resolve-text.js";

const factsOf = (files: readonly string[], over: Partial<InitFacts> = {}): InitFacts => ({
  ...detectRepository({ folder: "My App", files, hasGit: true }),
  image: null,
  schema: PACKAGED_SCHEMA,
  ...over,
});

describe("what a repository tells", () => {
  it("is its languages by manifests and its lock files, in the root alone", () => {
    expect(
      detectRepository({
        folder: "shop",
        files: ["package.json", "pnpm-lock.yaml", "go.mod", "deep/Cargo.toml", "deep/uv.lock", "README.md"],
        hasGit: true,
      }),
    ).toEqual({ projectName: "shop", languages: ["node", "go"], lockFiles: ["pnpm-lock.yaml"], hasGit: true });
  });

  it.each([
    ["my-app", "my-app"],
    ["My_App (2)", "my-app-2"],
    ["Über.Café", "uber-cafe"],
    ["42", "project-42"],
    ["", "project"],
    ["日本", "project"],
    ["--a--b--", "a-b"],
    [`${"abcde-".repeat(5)}x-y`, "abcde-abcde-abcde-abcde-abcde-x"],
    [`${"a".repeat(30)} bc`, "a".repeat(30)],
  ])("folder %j gives the project %j", (folder, name) => {
    expect(projectNameOf(folder)).toBe(name);
    expect(() => resolveText(`project = "${name}"`)).not.toThrow();
  });
});

describe("the spec that init writes", () => {
  const templates = [null, "node", "python", "rust", "go", "full"] as const;
  const repositories = [
    [],
    ["package.json"],
    ["package.json", "yarn.lock"],
    ["pyproject.toml", "uv.lock"],
    ["requirements.txt"],
    ["Cargo.toml", "Cargo.lock", "go.mod"],
  ];

  it.each(templates)("is valid as it is for every repository with template %s", (template) => {
    for (const files of repositories) {
      const text = renderInit(factsOf(files), template);
      const { spec, warnings } = resolveText(text);
      expect(warnings).toEqual([]);
      expect(spec.values).toMatchObject({ project: "my-app", workers: 1, "vm.image": "debian-13" });
      expect(text).toMatch(/^#:schema \.\/node_modules\/limaform\/schemas\/spec\.schema\.json\n/);
      expect(text.endsWith("\n")).toBe(true);
    }
  });

  it("installs what the lock file asks for", () => {
    const { values } = resolveText(renderInit(factsOf(["package.json", "pnpm-lock.yaml", "Cargo.toml"]), null)).spec;
    expect(values).toMatchObject({ "tools.node": "24", "tools.rust": "stable", "tools.go": null });
    expect(values["tools.apt"]).toEqual(["build-essential", "git"]);
    expect(values.agents).toEqual({ claude: {} });
    expect(values["hooks.post_provision"]).toBe("sudo npm install --global pnpm\n");
    expect(values["hooks.post_sync"]).toBe("pnpm install --frozen-lockfile\ncargo fetch\n");
  });

  it("has no hooks but examples where no language is known", () => {
    const text = renderInit(factsOf(["README.md"]), null);
    expect(resolveText(text).spec.values).toMatchObject({ "hooks.post_provision": null, "hooks.post_sync": null });
    expect(text).toContain("# post_sync = '''");
  });

  it("lets a template take the place of what was found", () => {
    expect(renderInit(factsOf(["Cargo.toml"]), "go")).toContain("go mod download");
    expect(renderInit(factsOf(["Cargo.toml"]), "go")).not.toContain("rust =");
  });

  it("has keys of later versions only as comments", () => {
    const text = renderInit(factsOf(["package.json"]), null);
    expect(text).toContain("# Not supported yet");
    expect(text).toContain('# egress = "closed"');
  });

  it("names the image it was given, and says what a folder without git needs", () => {
    const text = renderInit(factsOf([], { image: "/images/base.qcow2", hasGit: false }), null);
    expect(resolveText(text).spec.values["vm.image"]).toBe("/images/base.qcow2");
    expect(text).toContain("git init");
    expect(SPEC_NAME).toBe("limaform.toml");
  });
});

describe("specs of the older tool", () => {
  it("are refused until they can be converted", () => {
    expect(() => convertSandbox("vmType = 'vz'")).toThrow(expect.objectContaining({ code: "SPEC_NOT_SUPPORTED_YET" }));
  });
});
