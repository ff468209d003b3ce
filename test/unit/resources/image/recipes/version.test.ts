import { describe, expect, it } from "vitest";
import { fits, isExact, newestFitting, parseRequest } from "../../../../../src/resources/image/recipes/version.js";

const WORDS = ["latest", "system"];
const request = (text: string) => {
  const parsed = parseRequest(text, WORDS);
  if (parsed === null) throw new Error(`${text} is no request`);
  return parsed;
};
const of = (...versions: readonly string[]) => versions.map((version) => ({ version }));

describe("a version of the spec", () => {
  it.each(["24", "24.1", "24.1.2", "0", "latest", "system"])("%s can be asked for", (text) => {
    expect(parseRequest(text, WORDS)).not.toBeNull();
  });

  it.each(["", "v24", "^24", "24.x", "24.", "1.2.3.4", "024", "1e3", "lts", "24 ", "-1", "24.1.2-rc.1", "9999999"])(
    "%j cannot",
    (text) => {
      expect(parseRequest(text, WORDS)).toBeNull();
    },
  );

  it("is the newest that begins so, by number and not by text", () => {
    const all = of("24.9.0", "24.10.0", "24.10.0-rc.1", "25.0.0", "2.4.0", "v24.99.0");
    expect(newestFitting(request("24"), all)?.version).toBe("24.10.0");
    expect(newestFitting(request("24.9"), all)?.version).toBe("24.9.0");
    expect(newestFitting(request("latest"), all)?.version).toBe("25.0.0");
    expect(newestFitting(request("23"), all)).toBeNull();
  });

  it("counts a missing number as 0", () => {
    expect(fits(request("1.20.0"), "1.20")).toBe(true);
    expect(fits(request("1.20.1"), "1.20")).toBe(false);
    expect(fits(request("1.2"), "1.20.0")).toBe(false);
  });

  it("is exact with three numbers only: its files can then never change", () => {
    expect(["24.1.2", "24.1", "24", "latest"].map((text) => isExact(request(text)))).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
