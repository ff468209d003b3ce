import { describe, expect, it } from "vitest";
import { findCommand as find } from "../../../src/commands/find.js";
import { COMMANDS } from "../../../src/commands/index.js";
import { NOT_YET_COMMANDS } from "../../../src/commands/not-yet.js";
import { fakeProcess } from "./fake-process.js";

const findCommand = (argv: readonly string[]) => find(argv, COMMANDS);

describe("findCommand", () => {
  it("takes the longest name", () => {
    expect(findCommand(["results", "accept", "r/1"])).toEqual({ id: "results accept", argv: ["r/1"] });
    expect(findCommand(["results", "--json"])).toEqual({ id: "results list", argv: ["--json"] });
  });

  it("keeps global flags that stand before the name", () => {
    expect(findCommand(["--json", "-p", "x", "--config=y", "plan", "--out", "z"])).toEqual({
      id: "plan",
      argv: ["--json", "-p", "x", "--config=y", "--out", "z"],
    });
  });

  it("names the nearest command", () => {
    expect(() => findCommand(["aply"])).toThrow(expect.objectContaining({ hint: "did you mean: limaform apply?" }));
    expect(() => findCommand(["result"])).toThrow(expect.objectContaining({ hint: "did you mean: limaform results?" }));
  });

  it("says of commands of the contract that they are not supported yet", () => {
    for (const name of Object.keys(NOT_YET_COMMANDS)) {
      expect(() => findCommand([name])).toThrow(
        expect.objectContaining({ code: "USAGE_NOT_SUPPORTED_YET", exitCode: 64 }),
      );
    }
  });

  it("lists no command as missing that is there", () => {
    expect(Object.keys(NOT_YET_COMMANDS).filter((name) => name in COMMANDS)).toEqual([]);
  });
});

describe("a topic without a command", () => {
  it.each([[["image"]], [["help", "image"]], [["image", "--help"]]])("%j lists its commands", async (argv) => {
    const fake = fakeProcess();
    expect(await fake.run(...argv)).toBe(0);
    expect(fake.stdout.text).toContain("limaform image COMMAND");
    for (const id of ["image show", "image diff", "image prune"]) expect(fake.stdout.text).toContain(`  ${id} `);
    const json = fakeProcess();
    expect(await json.run(...argv, "--json")).toBe(0);
    expect(JSON.parse(json.stdout.text).commands).toHaveLength(3);
  });

  it("does what its list command does, where it has one", async () => {
    const fake = fakeProcess();
    expect(await fake.run("help", "runs")).toBe(0);
    expect(fake.stdout.text).toContain("runs attach");
    expect(findCommand(["runs"]).id).toBe("runs list");
  });
});

describe("usage errors", () => {
  it.each([
    [["plan", "--jsn"], "USAGE_UNKNOWN_FLAG", "did you mean --json?"],
    [["plan", "x"], "USAGE_UNEXPECTED_ARGUMENT", "limaform help plan"],
    [["show"], "USAGE_MISSING_ARGUMENT", "limaform help show"],
    [["plan", "--out"], "USAGE_INVALID_FLAG", "limaform help plan"],
    [["plan", "-q", "-v"], "USAGE_INVALID_FLAG", "limaform help plan"],
    [["completion", "csh"], "USAGE_INVALID_FLAG", "limaform help completion"],
    [["apply", "--parallel", "0"], "USAGE_INVALID_VALUE", "limaform help apply"],
    [["plan", "--lock-timeout", "soon"], "USAGE_INVALID_VALUE", "limaform help plan"],
    [["wait"], "USAGE_MISSING_ARGUMENT", "limaform help wait"],
    [["image", "shw"], "USAGE_UNKNOWN_COMMAND", "did you mean: limaform image show?"],
    [["image", "frobnicate"], "USAGE_UNKNOWN_COMMAND", "limaform help image"],
    [["help", "nothing"], "USAGE_UNKNOWN_COMMAND", "limaform help"],
    [[], "USAGE_NO_COMMAND", "limaform help"],
  ])("%j is %s with exit 64, as text and as one JSON document", async (argv, code, hint) => {
    const json = fakeProcess();
    expect(await json.run(...argv, "--json")).toBe(64);
    expect(JSON.parse(json.stdout.text)).toMatchObject({ format: "limaform.error", version: 1, code, hint });
    expect(json.stderr.text).toBe("");
    if (argv.length === 0) return;
    const text = fakeProcess();
    expect(await text.run(...argv)).toBe(64);
    expect(text.stdout.text).toBe("");
    expect(text.stderr.text).toContain(`[${code}]`);
  });

  it("takes --json after -- for the worker's command", async () => {
    const fake = fakeProcess();
    expect(await fake.run("run", "a prompt", "--", "ls", "--json")).toBe(64);
    expect([fake.stdout.text, fake.stderr.text.startsWith("Error:")]).toEqual(["", true]);
  });
});
