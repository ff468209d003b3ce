import { describe, expect, it } from "vitest";
import { diagnosticsOf, placesOf, resolveText } from "../../support/resolve-text.js";

const only = (text: string) => {
  const [first, ...rest] = diagnosticsOf(`project = "app"\n${text}`);
  expect(rest).toEqual([]);
  return first;
};

describe("unknown keys", () => {
  it.each([
    ["wrkers = 1", "2:1", "did you mean workers?"],
    ["[vm]\n  memroy = 1", "3:3", "did you mean vm.memory?"],
    ["vm.cpu = 1", "2:4", "did you mean vm.cpus?"],
    ["vm = { typ = 1 }", "2:8", "did you mean vm.type?"],
    ["cpus = 2", "2:1", "did you mean vm.cpus?"],
    ["[roll-out]\nsurge = 1", "2:2", "did you mean rollout?"],
    ['"vm.cpus" = 2', "2:1", "write vm.cpus without quotes"],
    ["bananas = 2", "2:1", expect.stringMatching(/^known here: agents, .*project, .*workers$/)],
    ["[vm]\nsockets = 2", "3:1", expect.stringMatching(/^known here: arch, ca_certs, cpus, disk, /)],
  ])("%j is found at %s with the hint %j", (text, place, hint) => {
    expect(only(text)).toMatchObject({ code: "SPEC_UNKNOWN_KEY", hint });
    expect(placesOf(text)).toEqual([`${place} SPEC_UNKNOWN_KEY`]);
  });

  it("are one problem per unknown table, whatever is in it", () => {
    expect(placesOf("[bananas]\na = 1\nb = 2\n[bananas.c]\nd = 3")).toEqual(["2:2 SPEC_UNKNOWN_KEY"]);
  });

  it("from hostile texts are harmless on a terminal", () => {
    expect(only('"\\u001b[31m\\u202e" = 1')?.message).toBe('unknown key "\\u001b[31m\\u202e"');
  });

  it("named like parts of every object are unknown too", () => {
    expect(placesOf("constructor = 1\n__proto__ = 2\n[toString]\n")).toHaveLength(3);
    expect(placesOf("vm.hasOwnProperty = 1")).toEqual(["2:4 SPEC_UNKNOWN_KEY"]);
  });
});

describe("wrong types", () => {
  it.each([
    ['workers = "3"', "2:11", 'the string "3"', "write 3, without quotes"],
    ["workers = 3.0", "2:11", "the float 3.0", "write 3, without a fraction"],
    ["workers = nan", "2:11", "the float nan", ""],
    ["workers = 2026-01-01", "2:11", "a date or time", ""],
    ["workers = [1]", "2:11", "a list", ""],
    ["workers.x = 1", "2:1", "a table", ""],
    ["vm.memory = 4", "2:13", "the integer 4", 'write it in quotes and with a unit, as "4GiB"'],
    ["run.timeout = 90", "2:15", "the integer 90", 'write it in quotes and with a unit, as "90s"'],
    ["repo.uncommitted = 1", "2:20", "the integer 1", ""],
    ['repo.uncommitted = "true"', "2:20", 'the string "true"', "write true, without quotes"],
    ['image.inputs = "a"', "2:16", 'the string "a"', 'write it as a list: ["a"]'],
    ["vm.user = true", "2:11", "the boolean true", 'write it in quotes: "true"'],
    ["vm = 3", "2:6", "the integer 3", "write [vm] and its keys below it"],
    ["[[vm]]\ncpus = 1", "2:3", "a list of tables", "write [vm] instead of [[vm]]"],
    ["vm.image = 3", "2:12", "the integer 3", ""],
    ["env = 3.0", "2:7", "the float 3.0", ""],
    ["env = 2026-01-01", "2:7", "a date or time", ""],
    ["[env]\nA = 3", "3:5", "the integer 3", 'write it in quotes: "3"'],
  ])("%j is found at %s as %j", (text, place, found, hint) => {
    expect(only(text)?.message).toContain(`, found ${found}`);
    expect(only(text)).toMatchObject({ code: "SPEC_WRONG_TYPE", hint });
    expect(placesOf(text)).toEqual([`${place} SPEC_WRONG_TYPE`]);
  });
});

describe("values that do not fit", () => {
  it.each([
    ["workers = 501", "SPEC_OUT_OF_RANGE", "workers: expected an integer from 0 to 500, found the integer 501", ""],
    ["workers = -1", "SPEC_OUT_OF_RANGE", "workers: expected an integer from 0 to 500, found the integer -1", ""],
    [
      "workers = 99999999999999999999",
      "SPEC_OUT_OF_RANGE",
      "workers: expected an integer from 0 to 500, found the integer 99999999999999999999",
      "",
    ],
    ["vm.cpus = 0", "SPEC_OUT_OF_RANGE", "vm.cpus: expected an integer from 1 to 256, found the integer 0", ""],
    [
      'vm.memory = "255MiB"',
      "SPEC_OUT_OF_RANGE",
      'vm.memory: expected a size such as "512MiB" or "8GiB" of at least 256MiB, found the string "255MiB"',
      "",
    ],
    [
      'vm.memory = "8 gb"',
      "SPEC_INVALID_VALUE",
      'vm.memory: expected a size such as "512MiB" or "8GiB" of at least 256MiB, found the string "8 gb"',
      'did you mean "8GiB"?',
    ],
    [
      'vm.disk = "1.5TiB"',
      "SPEC_INVALID_VALUE",
      'vm.disk: expected a size such as "512MiB" or "8GiB", found the string "1.5TiB"',
      'did you mean "1536GiB"?',
    ],
    [
      'vm.disk = "1.3GB"',
      "SPEC_INVALID_VALUE",
      'vm.disk: expected a size such as "512MiB" or "8GiB", found the string "1.3GB"',
      "",
    ],
    [
      'vm.start_timeout = "soon"',
      "SPEC_INVALID_VALUE",
      'vm.start_timeout: expected a duration such as "30s", "10m" or "2h", found the string "soon"',
      "",
    ],
    [
      'vm.type = "qemuu"',
      "SPEC_INVALID_VALUE",
      'vm.type: expected one of "auto", "qemu", "vz", found the string "qemuu"',
      'did you mean "qemu"?',
    ],
    [
      'hooks.post_sync = ""',
      "SPEC_OUT_OF_RANGE",
      'hooks.post_sync: expected a script that is not empty, found the string ""',
      "",
    ],
    ...["post_provision", "post_sync", "pre_run", "check"].map((hook) => [
      `hooks.${hook} = " \\n\\t "`,
      "SPEC_INVALID_VALUE",
      `hooks.${hook}: expected a script that is not empty, found the string " \\n\\t "`,
      "",
    ]),
  ])("%j", (text, code, message, hint) => {
    expect(only(text)).toMatchObject({ code, message, hint });
  });

  it("are one problem each, also where several rules are broken", () => {
    const [first, ...rest] = diagnosticsOf(`project = "${"X".repeat(40)}"`);
    expect(first).toMatchObject({ line: 1, column: 11 });
    expect(rest).toEqual([]);
  });

  it("have names of variables that a shell can use", () => {
    expect(only('[env]\nA_1 = "x"\n"a b" = "x"')).toMatchObject({
      code: "SPEC_INVALID_VALUE",
      line: 4,
      column: 1,
      message: 'env."a b": expected a name of letters, digits and _',
    });
    const { values } = resolveText('project = "app"\n[env]\n__proto__ = "x"\nconstructor = "y"\n').spec;
    expect(JSON.stringify(values.env)).toBe('{"__proto__":"x","constructor":"y"}');
  });
});

describe("secrets", () => {
  it.each([
    [
      '[secrets]\nA = { env = "X", file = "y" }',
      "3:5",
      "secrets.A: expected exactly one of env, command and file, found env and file",
    ],
    ["[secrets]\nA = {}", "3:5", "secrets.A: expected exactly one of env, command and file, found none"],
    ['[secrets]\nA = { env = "X" }\n[env]\nA = "public"', "3:5", "secrets.A: env.A is set too, and that is public"],
    ['[secrets]\nA = { env = "not a name" }', "3:13", "expected the name of an environment variable"],
    ['[secrets]\nA = { value = "hunter2hunter2" }', "3:7", "value"],
    ['[secrets]\n"a b" = { env = "X" }', "3:1", "expected a name of letters, digits and _"],
    ['[secrets]\nA = "hunter2hunter2"', "3:5", "expected a table with env, command or file"],
  ])("in %s is refused", (text, place, message) => {
    const found = only(text);
    expect(`${found?.line}:${found?.column}`).toBe(place);
    expect(found?.message).toContain(message);
  });
});

describe("keys of later versions", () => {
  it.each([
    ['network.egress = "closed"', "2:9", "network.egress"],
    ["[[pools]]\nname = 1", "2:3", "pools"],
    ["snapshot = {}", "2:1", "snapshot"],
    ["gpu = true", "2:1", "gpu"],
    ["[[hosts]]", "2:3", "hosts"],
    ["[notify]", "2:2", "notify"],
    ["[[disks]]", "2:3", "disks"],
  ])("%j says so at %s", (text, place, key) => {
    expect(only(text)?.message).toBe(`${key} is not supported yet`);
    expect(placesOf(text)).toEqual([`${place} SPEC_NOT_SUPPORTED_YET`]);
  });
});

describe("text that is no TOML", () => {
  it.each([
    ['name = "shop', "2:8", 'end the text with "'],
    ["name = shop", "2:8", 'write it in quotes: "shop"'],
    ["name = 8GiB", "2:9", 'write it in quotes: "8GiB"'],
    ["name = “shop”", "2:8", 'write straight quotes: "'],
    ["name =", "2:7", "write a value after =, or take the line out"],
    ["name: 2", "2:5", "write = instead of :"],
    ["workers = = 2", "2:11", "one = is enough"],
    ["workers = 2\nworkers = 3", "3:1", "it stands in line 2 already: keep one of them"],
    ["[vm]\n[run]\n[vm]", "4:2", "it stands in line 2 already: keep one of them"],
    ["[vm\ncpus = 2", "2:4", "end the name of the table with ]"],
    ['a = ["b"\n', "3:1", "a [ or { further up is not closed"],
    ["<<<<<<< HEAD", "2:1", "a merge conflict was left in; to see it: git diff"],
    ['path = "C:\\Users"', "2:13", "write \\\\ for each backslash, or the text in single quotes"],
    ["workers = 007", "2:11", ""],
  ])("%j is found at %s with the hint %j", (text, place, hint) => {
    expect(only(text)).toMatchObject({ code: "SPEC_SYNTAX", hint });
    expect(placesOf(text)).toEqual([`${place} SPEC_SYNTAX`]);
  });
});
