import { describe, expect, it } from "vitest";
import { indexPlaces } from "../../../src/spec/places.js";

const places = indexPlaces(`a = 1
b.c.d = 2
e = { f = 3, g.h = [4, { i = 5 }] }
[j.k]
l = 6
[[m]]
n = 7
[[m]]
n = 8
[m.o]
"p q" = 9
[j]
r = """
s"""
`);

const show = ({ line, column }: { line: number; column: number }) => `${line}:${column}`;

describe("places of keys and values", () => {
  it.each([
    [["a"], "1:1", "1:5"],
    [["b"], "2:1", "2:1"],
    [["b", "c"], "2:3", "2:3"],
    [["b", "c", "d"], "2:5", "2:9"],
    [["e", "f"], "3:7", "3:11"],
    [["e", "g", "h"], "3:16", "3:20"],
    [["e", "g", "h", 0], "3:21", "3:21"],
    [["e", "g", "h", 1, "i"], "3:26", "3:30"],
    [["j"], "4:2", "4:2"],
    [["j", "k"], "4:4", "4:4"],
    [["j", "k", "l"], "5:1", "5:5"],
    [["m", 0], "6:3", "6:3"],
    [["m", 0, "n"], "7:1", "7:5"],
    [["m", 1, "n"], "9:1", "9:5"],
    [["m", 1, "o", "p q"], "11:1", "11:9"],
    [["j", "r"], "13:1", "13:5"],
  ])("%j: key at %s, value at %s", (path, key, value) => {
    expect(show(places.keyAt(path))).toBe(key);
    expect(show(places.valueAt(path))).toBe(value);
  });

  it("fall back to the nearest table around what is not there", () => {
    expect(show(places.keyAt(["j", "k", "none"]))).toBe("4:4");
    expect(show(places.keyAt(["none"]))).toBe("1:1");
  });

  it("are right with carriage returns and a byte order mark", () => {
    const crlf = indexPlaces("a = 1\r\nb = 2\r\n");
    expect(show(crlf.valueAt(["b"]))).toBe("2:5");
    expect(show(indexPlaces("\ufeffa = 1\nb = 2").keyAt(["b"]))).toBe("2:1");
  });

  it("are the beginning of a text that the parser of places refuses", () => {
    expect(show(indexPlaces("a = = 1").keyAt(["a"]))).toBe("1:1");
  });
});
