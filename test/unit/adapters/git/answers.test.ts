import { describe, expect, it } from "vitest";
import { parseMore, parseProbe } from "../../../../src/adapters/git/probe-answer.js";
import { unquotePath } from "../../../../src/adapters/git/quoted-path.js";

const id = "a".repeat(40);
const answer = (...lines: string[]) => ["limaform-probe 1", ...lines, "end", ""].join("\n");

describe("the answer of a probed worker", () => {
  it("is read with quoted names, nested repositories apart", () => {
    const text = answer(
      "repository yes",
      `tip ${id}`,
      `tip ${id}`,
      "s  M a",
      's ?? "b\\303\\244"',
      "s ?? inner/",
      "s !! node_modules/",
      "untracked 9 12",
      "folder 2 3",
    );
    const found = parseProbe(text);
    expect(found).toMatchObject({ tips: [id], untracked: { count: 1, bytes: 12 }, folders: [{ count: 2, bytes: 3 }] });
    expect(found?.untracked.paths[0]?.toString()).toBe("bä");
    expect(found?.nested.map(String)).toEqual(["inner/"]);
    expect(found?.ignored.map(String)).toEqual(["node_modules/"]);
  });

  it.each([
    ["no end", `limaform-probe 1\nrepository yes\n`],
    ["no beginning", answer("repository yes").slice(5)],
    ["no word on the repository", answer(`tip ${id}`)],
    ["an unknown line", answer("repository yes", "surprise 1")],
    ["an id that is none", answer("repository yes", "tip main")],
    ["a count that is none", answer("repository yes", "stashed many")],
    ["a negative size", answer("repository yes", "changed 1 -5")],
    ["a broken quote", answer("repository yes", 's ?? "a')],
    ["too many branches", answer("repository yes", ...Array.from({ length: 2001 }, () => `tip ${id}`))],
  ])("is no answer with %s", (_name, text) => expect(parseProbe(text)).toBeNull());

  it("to the second question is complete or none", () => {
    expect(parseMore("commits 2\nsaved 3\nfiles\nf 5 ./a\nb\0g ./n\0end\0")).toEqual({
      commits: 2,
      savedCommits: 3,
      files: [{ path: "./a\nb", bytes: 5 }],
      nested: ["./n"],
      isCut: false,
    });
    for (const text of [
      "",
      "commits 2\nsaved 0\nfiles\n",
      "commits 2\nsaved 0\nfiles\nf 5 a\0",
      "commits x\nsaved 0\nfiles\nend\0",
      "commits 1\nfiles\nend\0",
      "commits 1\nsaved 0\nfiles\nq\0end\0",
    ]) {
      expect(parseMore(text)).toBeNull();
    }
  });

  it("has names quoted as git quotes them", () => {
    expect(unquotePath("a b")?.toString()).toBe("a b");
    expect(unquotePath('"\\t\\n\\"\\\\\\377"')).toEqual(Buffer.from([9, 10, 34, 92, 255]));
    for (const text of ['"', '"a', '"a"b"', '"\\x"', '"\\9"']) expect(unquotePath(text)).toBeNull();
  });
});
