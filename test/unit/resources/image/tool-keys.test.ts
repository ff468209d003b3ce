import { describe, expect, it } from "vitest";
import { diagnosticsOf, resolveText } from "../../../support/resolve-text.js";

const said = (text: string) =>
  diagnosticsOf(`project = "app"\n${text}`).map(({ line, column, code, message, hint }) => ({
    at: `${line}:${column} ${code}`,
    message,
    hint,
  }));

describe("keys of tools and agents", () => {
  it.each([
    ['tools.node = "v24"', "2:14 SPEC_INVALID_VALUE", /^tools\.node: expected a version such as .*"lts"/u, /"24"/u],
    ['tools.node = ">=24.1"', "2:14 SPEC_INVALID_VALUE", /expected a version/u, /"24\.1"/u],
    ["tools.node = 24", "2:14 SPEC_WRONG_TYPE", /expected a version.*found the integer 24/u, /in quotes: "24"/u],
    ['tools.node = "024.x"', "2:14 SPEC_INVALID_VALUE", /expected a version/u, /"24"/u],
    ['tools.node = "99999999"', "2:14 SPEC_INVALID_VALUE", /expected a version/u, /^$/u],
    ['tools.apt = ["jq=1.6", "git", "jq"]', "2:31 SPEC_RULE", /jq and jq=1\.6 are one package/u, /leave one/u],
    ['run.agent = "cluade"', "2:13 SPEC_INVALID_VALUE", /no agent "cluade"/u, /"claude"/u],
    ['run.agent = "other"\nagents.mine = { command = ["x"] }', "2:13 SPEC_INVALID_VALUE", /no agent/u, /mine, claude/u],
    ["agents.mine = { command = [] }", "2:27 SPEC_OUT_OF_RANGE", /its program and arguments.*empty list/u, /^$/u],
    ['tools.duckdb = "system"', "2:16 SPEC_INVALID_VALUE", /^tools\.duckdb: expected/u, /^$/u],
    ['tools.nod = "24"', "2:7 SPEC_UNKNOWN_KEY", /unknown key tools\.nod/u, /tools\.node/u],
    ['tools.apt = ["-y"]', "2:14 SPEC_INVALID_VALUE", /expected the name of a package.*"-y"/u, /^$/u],
    ['tools.apt = "jq"', "2:13 SPEC_WRONG_TYPE", /expected a list/u, /\["jq"\]/u],
    [
      'tools.custom.node = { install = "x" }',
      "2:21 SPEC_RULE",
      /tools\.node is a key of its own/u,
      /write tools\.node/u,
    ],
    ["tools.custom.jq = {}", "2:19 SPEC_MISSING_KEY", /tools\.custom\.jq: install is missing/u, /^$/u],
    ['tools.mirror.node = "ftp://x"', "2:21 SPEC_INVALID_VALUE", /expected a URL/u, /^$/u],
    ['tools.mirror.node = "pypi+https://x.test"', "2:21 SPEC_INVALID_VALUE", /no layout pypi/u, /npm\+https/u],
    ['tools.mirror.npm = "https://u:p@x.test"', "2:20 SPEC_INVALID_VALUE", /a login in the URL/u, /without it/u],
    ['tools.node = "lts"\ntools.mirror.node = "npm+https://x.test"', "3:21 SPEC_INVALID_VALUE", /lts/u, /a number/u],
    ['agents.claude = { version = "^2" }', "2:29 SPEC_INVALID_VALUE", /agents\.claude\.version/u, /newest/u],
    ['agents.claude = { command = ["x"] }', "2:19 SPEC_UNKNOWN_KEY", /agents\.claude\.command/u, /^$/u],
    ["agents.mine = {}", "2:15 SPEC_MISSING_KEY", /command is missing/u, /^$/u],
    [
      "agents.gemini = {}",
      "2:17 SPEC_RULE",
      /run by Node 20 or newer, and tools\.node is not set/u,
      /tools\.node = "24"/u,
    ],
    ['tools.node = "18"\nagents.gemini = {}', "3:17 SPEC_RULE", /tools\.node is "18"/u, /24/u],
    ['vm.ca_certs = "hosts"', "2:15 SPEC_INVALID_VALUE", /"host"/u, /did you mean "host"/u],
  ])("%s is told at its place", (text, at, message, hint) => {
    const [first, ...rest] = said(text);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ at, message: expect.stringMatching(message), hint: expect.stringMatching(hint) });
  });

  it("take what the contract has", () => {
    const text = `project = "app"
vm.ca_certs = ["certs/root.pem"]
run.agent = "mine"
[tools]
node = "24"
python = "system"
rust = "1.85"
go = "1.25.3"
duckdb = "1"
apt = ["jq", "g++"]
custom.yq = { install = "x", check = "yq --version", version = "4.1" }
mirror.go = "goproxy+https://proxy.test"
[agents]
claude = {}
gemini = { version = "0.61" }
mine = { command = ["mine", "{prompt}"] }
`;
    const { spec, warnings } = resolveText(text);
    expect(warnings).toEqual([]);
    expect(spec.values).toMatchObject({ "tools.go": "1.25.3", "tools.mirror.go": "goproxy+https://proxy.test" });
    expect(Object.keys(spec.values.agents as object)).toEqual(["claude", "gemini", "mine"]);
  });

  it("let a mirror come from the environment, and a version not", () => {
    const env = { LIMAFORM_TOOLS_MIRROR_NODE: "npm+https://npm.test" };
    expect(resolveText('project = "app"', { env }).spec.values["tools.mirror.node"]).toBe("npm+https://npm.test");
    expect(() => resolveText('project = "app"', { env: { LIMAFORM_TOOLS_NODE: "24" } })).toThrow(
      /cannot be set by the environment/u,
    );
  });
});
