import { describe, expect, it } from "vitest";
import { RECIPE_RUNNERS } from "../../../../../src/resources/image/recipes/runners.js";
import { recipeSteps } from "../../../../../src/resources/image/recipes/steps.js";
import { specOf } from "../../../../support/builders.js";

const stepsOf = (text: string, certificates = "") => recipeSteps(specOf(text), "x86_64", certificates);
const names = (text: string, certificates = "") => stepsOf(text, certificates).map(({ name }) => name);

describe("the steps of tools and agents", () => {
  it("are none where the spec asks for none", () => {
    expect(stepsOf("")).toEqual([]);
  });

  it("come in one order, whatever the spec's", () => {
    const text = `agents.zed = { command = ["zed"], install = "true" }
agents.codex = {}
agents.claude = {}
tools.custom.b = { install = "true" }
tools.custom.a = { install = "true" }
tools.duckdb = "1"
tools.apt = ["jq"]
tools.node = "24"`;
    expect(names(text, "PEM")).toEqual([
      ...["ca-certs", "apt", "node", "duckdb", "custom-a", "custom-b", "claude", "codex", "agent-zed"],
    ]);
  });

  it("each have a runner, a unique name and a title for people", () => {
    const steps = stepsOf(
      'tools.apt = ["jq"]\ntools.go = "1"\nagents.claude = {}\ntools.custom.go2 = { install = "x" }',
      "PEM",
    );
    expect(steps.filter(({ kind }) => RECIPE_RUNNERS[kind] === undefined)).toEqual([]);
    expect(new Set(steps.map(({ name }) => name)).size).toBe(steps.length);
    expect(steps.map(({ title }) => title)).toEqual([
      "extra trust roots",
      "1 package",
      "go 1",
      "go2",
      "Claude Code latest",
    ]);
  });

  it("bring by apt what tools need: the distribution's own, and a linker for rust", () => {
    const [apt] = stepsOf('tools.apt = ["jq", "gcc"]\ntools.python = "system"\ntools.rust = "1"');
    expect(apt?.inputs.packages).toEqual([
      "gcc",
      "jq",
      "libc6-dev",
      "python-is-python3",
      "python3",
      "python3-pip",
      "python3-venv",
    ]);
  });

  it("have a key that mirrors do not change, and versions do", () => {
    const key = (text: string) => stepsOf(text)[0]?.key;
    const mirror = 'tools.mirror.node = "npm+https://npm.test"';
    expect(key(`tools.node = "24"\n${mirror}`)).toBe(key('tools.node = "24"'));
    expect(key('tools.node = "24.1"')).not.toBe(key('tools.node = "24"'));
    expect(stepsOf(`tools.node = "24"\n${mirror}`)[0]?.inputs.mirror).toBe("npm+https://npm.test");
  });

  it("leave out an agent that is only a command", () => {
    expect(names('agents.echo = { command = ["echo"] }')).toEqual([]);
  });
});
