import { describe, expect, it } from "vitest";
import { diagnosticsOf, placesOf, valueIn } from "../../../support/resolve-text.js";

describe("repo.path", () => {
  it.each(["~/app", "/srv/app", "~/a/b c", "/w"])("may be %j", (path) => {
    expect(valueIn(`repo.path = ${JSON.stringify(path)}`, "repo.path")).toBe(path);
  });

  it.each(["app", "./app", "~", "/", "~user/app", "~/../x", "/srv/./x", "/srv//x", "/srv/x/", "../x", "~/a\u0007b"])(
    "must not be %j",
    (path) => {
      expect(placesOf(`[repo]\npath = ${JSON.stringify(path)}`)).toEqual(["3:8 SPEC_INVALID_VALUE"]);
    },
  );
});

describe("repo.mode", () => {
  it("may be git or files, and nothing else", () => {
    expect(valueIn('repo.mode = "git"', "repo.mode")).toBe("git");
    expect(valueIn('repo.mode = "files"', "repo.mode")).toBe("files");
    expect(diagnosticsOf('project = "a"\nrepo.mode = "tar"')).toMatchObject([{ line: 2, column: 13 }]);
  });
});
