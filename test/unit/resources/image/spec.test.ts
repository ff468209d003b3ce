import { describe, expect, it } from "vitest";
import { NAMED_IMAGES } from "../../../../src/resources/image/named-images.js";
import { IMAGE_NAMES } from "../../../../src/resources/image/spec.js";
import { diagnosticsOf, placesOf, resolveText, valueIn } from "../../../support/resolve-text.js";

const SHA = `sha256:${"0a".repeat(32)}`;
const hintOf = (text: string) => diagnosticsOf(`project = "app"\n${text}`)[0]?.hint;
const warningsOf = (text: string) => resolveText(`project = "app"\n${text}`).warnings;

describe("vm.image", () => {
  it.each(["debian-13", "debian-12", "ubuntu-24.04", "ubuntu-26.04", "./base.qcow2", "/images/base.qcow2", "~/b.img"])(
    "may be the text %j",
    (image) => {
      expect(valueIn(`vm.image = "${image}"`, "vm.image")).toBe(image);
      expect(warningsOf(`vm.image = "${image}"`)).toEqual([]);
    },
  );

  it("may be a table, and a list of tables with an architecture each", () => {
    const table = `{ location = "https://x.test/i.img", arch = "x86_64", digest = "${SHA}", kernel = "./k", initrd = "./i", cmdline = "console=ttyS0" }`;
    expect(valueIn(`vm.image = ${table}`, "vm.image")).toMatchObject({ location: "https://x.test/i.img", digest: SHA });
    expect(warningsOf(`vm.image = ${table}`)).toEqual([]);
    const list = '[[vm.image]]\nlocation = "./a"\narch = "x86_64"\n[[vm.image]]\nlocation = "./b"\narch = "aarch64"\n';
    expect(valueIn(list, "vm.image")).toMatchObject([{ location: "./a" }, { location: "./b" }]);
  });

  it("may leave out the architecture of a single table, whatever vm.arch is", () => {
    expect(valueIn('vm.arch = "aarch64"\nvm.image = { location = "./a" }', "vm.image")).toEqual({ location: "./a" });
  });

  it("knows exactly the names that there are images for", () => {
    expect(Object.keys(NAMED_IMAGES).sort()).toEqual([...IMAGE_NAMES].sort());
  });

  it("says the nearest name for an unknown one, and how to write a file", () => {
    expect(placesOf('vm.image = "debian-14"')).toEqual(["2:12 SPEC_INVALID_VALUE"]);
    expect(hintOf('vm.image = "debain-13"')).toBe('did you mean "debian-13"?');
    expect(hintOf('vm.image = "base.qcow2"')).toBe('for a file of that name write "./base.qcow2"');
    expect(hintOf('vm.image = { location = "debian-13" }')).toBe(
      'for the image of that name write vm.image = "debian-13"',
    );
  });

  it("warns of a URL without digest, in its place", () => {
    expect(warningsOf('vm.image = "https://x.test/i.img"')).toEqual([
      expect.stringMatching(/^limaform\.toml:2:12: vm\.image is a URL without a digest/),
    ]);
    expect(warningsOf('[vm.image]\narch = "x86_64"\nlocation = "http://x.test/i"')[0]).toMatch(
      /^limaform\.toml:4:12: /,
    );
  });

  it.each([
    ["vm.image = {}", "2:12 SPEC_MISSING_KEY"],
    ['[vm.image]\narch = "x86_64"', "2:5 SPEC_MISSING_KEY"],
    ["vm.image = []", "2:12 SPEC_OUT_OF_RANGE"],
    ['vm.image = ["debian-13"]', "2:13 SPEC_WRONG_TYPE"],
    ['vm.image = { location = "./x", arch = "arm64" }', "2:39 SPEC_INVALID_VALUE"],
    ['vm.image = { location = "./x", digest = "sha256:12" }', "2:41 SPEC_INVALID_VALUE"],
    ['vm.image = { location = "./x", sha = "1" }', "2:32 SPEC_UNKNOWN_KEY"],
    ['vm.image = { location = "ftp://x/y" }', "2:25 SPEC_INVALID_VALUE"],
    ['vm.image = "file:///x"', "2:12 SPEC_INVALID_VALUE"],
    ['[[vm.image]]\nlocation = "./a"\n[[vm.image]]\nlocation = "./b"\narch = "x86_64"', "2:6 SPEC_RULE"],
    ['vm.image = [{ location = "./a", arch = "x86_64" }, { location = "./b", arch = "x86_64" }]', "2:52 SPEC_RULE"],
    ['vm.arch = "aarch64"\nvm.image = { location = "./a", arch = "x86_64" }', "3:12 SPEC_RULE"],
  ])("%j is a problem at %s", (text, problem) => {
    expect(placesOf(text)).toEqual([problem]);
  });
});

describe("vm.user", () => {
  it.each(["agent", "_x", "a-b_1", `a${"b".repeat(31)}`])("may be %j", (user) => {
    expect(valueIn(`vm.user = "${user}"`, "vm.user")).toBe(user);
  });

  it.each(["root", "Agent", "1a", "", "a b", `a${"b".repeat(32)}`, "a;b"])("must not be %j", (user) => {
    expect(placesOf(`vm.user = "${user}"`)).toEqual(["2:11 SPEC_INVALID_VALUE"]);
  });
});

describe("other keys of images", () => {
  it.each([
    ["image.keep = 10", "image.keep", 10],
    ['image.inputs = ["*.lock"]', "image.inputs", ["*.lock"]],
    ['vm.start_timeout = "1h30m"', "vm.start_timeout", "1h30m"],
    ['vm.type = "vz"', "vm.type", "vz"],
    ['hooks.post_sync = "make"', "hooks.post_sync", "make"],
  ])("%j is fine", (text, key, value) => {
    expect(valueIn(text, key)).toEqual(value);
  });

  it.each([
    ["image.keep = 11", "2:14 SPEC_OUT_OF_RANGE"],
    ['image.inputs = ["a", 1]', "2:22 SPEC_WRONG_TYPE"],
    ['vm.start_timeout = "0s"', "2:20 SPEC_INVALID_VALUE"],
    ['vm.arch = "arm64"', "2:11 SPEC_INVALID_VALUE"],
  ])("%j is a problem at %s", (text, problem) => {
    expect(placesOf(text)).toEqual([problem]);
  });
});
