import { describe, expect, it } from "vitest";
import { BugError, SpecError } from "../../../src/errors/errors.js";
import { DEFAULTS_FILE, diagnosticsOf, errorOf, resolveText, SPEC_FILE, valueIn } from "../../support/resolve-text.js";

describe("the smallest spec", () => {
  it("has a value or null for every key, each with its origin", () => {
    const { spec, warnings } = resolveText('project = "app"\n');
    expect(warnings).toEqual([]);
    expect(spec.file).toBe(SPEC_FILE);
    expect(spec.root).toBe("/repo");
    expect(Object.keys(spec.origins)).toEqual(Object.keys(spec.values));
    expect(spec.values).toMatchObject({
      project: "app",
      workers: 1,
      "vm.cpus": 4,
      "vm.memory": "4GiB",
      "vm.disk": "30GiB",
      "vm.type": "auto",
      "vm.arch": "auto",
      "vm.user": "agent",
      "vm.image": "debian-13",
      "vm.start_timeout": "10m",
      "image.inputs": null,
      "image.keep": 1,
      "hooks.post_provision": null,
      "repo.path": "~/app",
      "repo.mode": "git",
      "repo.uncommitted": true,
      "rollout.surge": 0,
      "rollout.unavailable": 1,
      "run.timeout": "2h",
      "run.stuck_after": "10m",
      env: {},
      secrets: {},
    });
  });

  it("takes all processors of a small host, and plain files outside a repository", () => {
    const context = { hostCpus: 2, isGitRepository: false };
    expect(valueIn("", "vm.cpus", { context })).toBe(2);
    expect(valueIn("", "repo.mode", { context })).toBe("files");
  });

  it("keeps the defaults of keys that are not supported yet, and leaves out those without", () => {
    const { values } = resolveText('project = "app"').spec;
    expect(values["sync.from.exclude"]).toContain("node_modules/");
    expect(values["network.egress"]).toBe("open");
    expect(Object.keys(values)).not.toContain("snapshot");
  });
});

describe("where values come from", () => {
  const text = 'project = "app"\nworkers = 3\n\n[vm]\n  cpus = 2\n';
  const over = {
    defaultsText: 'workers = 9\nvm.cpus = 9\nvm.memory = "9GiB"\nimage.keep = 9\n',
    env: { LIMAFORM_VM_CPUS: "7", LIMAFORM_VM_DISK: "70GiB", LIMAFORM_REPO_UNCOMMITTED: "false" },
    flags: { "vm.disk": "80GiB" },
  };

  it("lets the spec win over user defaults, the environment over the spec, flags over all", () => {
    const { values } = resolveText(text, over).spec;
    expect(values).toMatchObject({
      workers: 3,
      "vm.cpus": 7,
      "vm.memory": "9GiB",
      "vm.disk": "80GiB",
      "image.keep": 9,
      "repo.uncommitted": false,
    });
  });

  it("keeps the origin of each, with line and column in files", () => {
    const { origins } = resolveText(text, over).spec;
    expect(origins.workers).toEqual({ layer: "spec", file: SPEC_FILE, line: 2, column: 1 });
    expect(origins["vm.cpus"]).toEqual({ layer: "environment", variable: "LIMAFORM_VM_CPUS" });
    expect(origins["vm.memory"]).toEqual({ layer: "user-defaults", file: DEFAULTS_FILE, line: 3, column: 4 });
    expect(origins["vm.disk"]).toEqual({ layer: "flag", flag: "--vm-disk" });
    expect(origins["vm.type"]).toEqual({ layer: "default" });
    expect(resolveText(text).spec.origins["vm.cpus"]).toEqual({ layer: "spec", file: SPEC_FILE, line: 5, column: 3 });
  });

  it("takes the project from the spec, the environment, or the flag", () => {
    expect(resolveText("", { env: { LIMAFORM_PROJECT: "from-env" } }).spec.values.project).toBe("from-env");
    const { spec } = resolveText('project = "app"', {
      env: { LIMAFORM_PROJECT: "from-env" },
      projectFlag: "from-flag",
    });
    expect(spec.values).toMatchObject({ project: "from-flag", "repo.path": "~/from-flag" });
    expect(spec.origins.project).toEqual({ layer: "flag", flag: "--project" });
  });

  it("refuses in user defaults what decides images, and project, saying why", () => {
    const problems = diagnosticsOf('project = "app"', {
      defaultsText: 'vm.image = "debian-12"\nproject = "x"\nworkers = 2\n',
    });
    expect(problems.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`)).toEqual([
      `SPEC_NOT_FROM_DEFAULTS ${DEFAULTS_FILE}:1:4`,
      `SPEC_NOT_FROM_DEFAULTS ${DEFAULTS_FILE}:2:1`,
    ]);
    expect(problems[0]?.message).toContain("would replace each other's workers");
    expect(problems[1]?.message).toContain("names one repository's fleet");
  });

  it("calls a flag for a key that does not exist a defect of limaform", () => {
    expect(() => resolveText('project = "app"', { flags: { nope: 1 } })).toThrow(BugError);
  });

  it("reports a flag's value that does not fit", () => {
    expect(diagnosticsOf('project = "app"', { flags: { workers: 1.5 }, projectFlag: "A" })).toMatchObject([
      { file: "flag --project", line: 0, column: 0, code: "SPEC_INVALID_VALUE" },
      { file: "limaform spawn", line: 0, column: 0, code: "SPEC_WRONG_TYPE" },
    ]);
  });
});

describe("all problems at once", () => {
  it("are one error, sorted by source and place, each a line of the message", () => {
    const error = errorOf('workers = "3"\nproject = "app"\n[vm]\ncpu = 3\n', {
      defaultsText: "image.keep = 11\n",
      env: { LIMAFORM_VM_CPUS: "0" },
    });
    expect(error).toBeInstanceOf(SpecError);
    expect(error.code).toBe("SPEC_INVALID");
    expect(error.hint).toContain("limaform validate");
    expect(error.message.split("\n")).toEqual([
      "4 problems:",
      '  limaform.toml:1:11: workers: expected an integer from 0 to 500, found the string "3" (write 3, without quotes)',
      "  limaform.toml:4:1: unknown key vm.cpu (did you mean vm.cpus?)",
      `  ${DEFAULTS_FILE}:1:14: image.keep: expected an integer from 0 to 10, found the integer 11`,
      "  environment variable LIMAFORM_VM_CPUS: vm.cpus: expected an integer from 1 to 256, found the integer 0",
    ]);
  });

  it("include a value that a later layer would have hidden", () => {
    expect(diagnosticsOf('project = "app"\nworkers = 501', { env: { LIMAFORM_WORKERS: "1" } })).toHaveLength(1);
  });

  it("stay readable when there are very many", () => {
    const error = errorOf(`project = "app"\n${Array.from({ length: 80 }, (_, at) => `k${at} = 1`).join("\n")}`);
    const lines = error.message.split("\n");
    expect([lines[0], lines.length, lines.at(-1)]).toEqual(["80 problems:", 52, "  and 30 more"]);
    expect((error.details as { diagnostics: unknown[] }).diagnostics).toHaveLength(80);
  });

  it("do not blame a key for another key's wrong value", () => {
    const problems = diagnosticsOf('project = "app"\nworkers = "x"\nrollout.surge = 5\n');
    expect(problems.map(({ message }) => message)).toHaveLength(1);
  });
});

describe("a text that is no TOML", () => {
  it("is one problem in its place", () => {
    expect(diagnosticsOf('project = "app"\nworkers = \n', { env: { LIMAFORM_WORKERS: "x" } })).toMatchObject([
      { code: "SPEC_SYNTAX", file: SPEC_FILE, line: 2, column: 11 },
    ]);
  });

  it("names user defaults where they are the broken file", () => {
    expect(errorOf('project = "app"\n', { defaultsText: "workers = 1\nworkers = 2\n" }).message).toMatch(
      /^\/home\/u\/\.config\/limaform\/defaults\.toml:2:1: not valid TOML: /,
    );
  });

  it("is what a file beyond reason is, too", () => {
    expect(diagnosticsOf(`# ${"x".repeat(1024 * 1024)}`)).toMatchObject([{ code: "SPEC_SYNTAX", line: 1 }]);
  });
});

describe("a missing project", () => {
  it("is said at the top of the file", () => {
    expect(diagnosticsOf("workers = 2\n")).toMatchObject([
      { code: "SPEC_MISSING_KEY", line: 1, column: 1, message: "project is missing" },
    ]);
  });

  it("is not said on top of a wrong one", () => {
    expect(diagnosticsOf("project = 3\n")).toMatchObject([{ code: "SPEC_WRONG_TYPE", line: 1, column: 11 }]);
  });
});
